"""ploomber: a notebook task for each node, run by ploomber-engine, all in this one process and without kernels."""

from ploomber.executors import Serial
from ploomber_dag import build

if __name__ == "__main__":
    build(Serial(build_in_subprocess=False), notebooks="ploomber-engine")
