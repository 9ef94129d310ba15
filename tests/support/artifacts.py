"""Serializers as installed, without depending on how the package was installed."""

from __future__ import annotations

from jupyter_dataops.artifacts.serializers import Serializers
from jupyter_dataops.artifacts.serializers.arrow_tables import ArrowSerializer
from jupyter_dataops.artifacts.serializers.json_values import JsonSerializer
from jupyter_dataops.artifacts.serializers.modules import ModuleSerializer
from jupyter_dataops.artifacts.serializers.numpy_arrays import NumpySerializer
from jupyter_dataops.artifacts.serializers.pandas_tables import PandasSerializer
from jupyter_dataops.artifacts.serializers.pickles import PickleSerializer
from jupyter_dataops.artifacts.serializers.plain_text import BytesSerializer, TextSerializer
from jupyter_dataops.artifacts.serializers.polars_tables import PolarsSerializer

BUILT_IN = Serializers(
    [
        ArrowSerializer(),
        BytesSerializer(),
        JsonSerializer(),
        ModuleSerializer(),
        NumpySerializer(),
        PandasSerializer(),
        PickleSerializer(),
        PolarsSerializer(),
        TextSerializer(),
    ]
)


def namespace(source: str = "", **values: object) -> dict[str, object]:
    """A notebook's global namespace after running `source`."""
    made: dict[str, object] = {"__name__": "__main__", **values}
    exec(compile(source, "notebook", "exec", dont_inherit=True), made)
    return made
