"""From a node to an executed notebook: building it, papermill's engine for it, what runs inside the kernel."""
