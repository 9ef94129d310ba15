"""ploomber: a notebook task for each node, run by ploomber-engine without a kernel; its parallel executor."""

from ploomber.executors import Parallel
from ploomber_dag import build
from work import given_work

if __name__ == "__main__":
    build(Parallel(processes=given_work().jobs), notebooks="ploomber-engine")
