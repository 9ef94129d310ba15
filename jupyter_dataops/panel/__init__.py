"""The panel: a pipeline in an output cell, through anywidget, in any notebook front end.

Its views in browsers talk to the kernel over the widget's comm (`messages`). An `Attendant` answers them, for one
notebook only (`scope`), by the service that the server extension uses as well; threads, and the way to the store, are
shared by all panels of a kernel (`backstage`). Nothing here keeps a thread of the kernel's for longer than it takes to
read a message, so that a panel also works while a cell runs.
"""
