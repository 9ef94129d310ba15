"""What is stored of schedules: the schedule, its fires and their fates, what polled triggers saw."""
