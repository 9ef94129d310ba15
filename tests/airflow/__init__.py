"""The pipeline as a task of a real Apache Airflow, in an environment of its own: ``make airflow``."""
