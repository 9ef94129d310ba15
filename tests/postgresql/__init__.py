"""The contract suites of all stores on a PostgreSQL server: ``make postgresql``."""
