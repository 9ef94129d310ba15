"""Schedules at work: what somebody asks for, and the loop that starts what is due."""
