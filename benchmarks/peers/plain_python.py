"""No tool at all: the nodes' code, one after the other, in this process."""

from work import given_work

if __name__ == "__main__":
    given = given_work()
    exec("\n".join([given.imports, *(node.source for node in given.nodes.values())]))
