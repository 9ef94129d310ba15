"""The artifact store that nodes hand their values on through."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_dataops.artifacts.content import ContentFiles
from jupyter_dataops.artifacts.envelope import EnvelopeWriter, open_envelope, verify
from jupyter_dataops.artifacts.files import files_at
from jupyter_dataops.artifacts.parts import Part, find_unstorable
from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import (
    Description,
    Serializers,
    describe_any,
    installed_serializers,
    type_name,
)
from jupyter_dataops.artifacts.sharing import find_shared
from jupyter_dataops.artifacts.signing import get_or_make_key
from jupyter_dataops.errors import ArtifactError, ArtifactMissing, DataOpsError, UnstorableValue
from jupyter_dataops.ids import Digest
from jupyter_dataops.records import ArtifactRecord, OutputRecord


@dataclass(frozen=True, slots=True)
class _Written:
    digest: Digest
    size_bytes: int
    serializer: str
    needs: tuple[str, ...]


class ContentArtifactStore:
    """Values by content, below a local folder or an fsspec URL; an `ArtifactStore`.

    Parameters
    ----------
    url
        Where the store is; made when first written to.
    serializers
        Those to choose from; `None` takes all that are installed.
    max_artifact_bytes
        Largest artifact; `None` sets no limit.

    Examples
    --------
    >>> from jupyter_dataops.artifacts.serializers.json_values import JsonSerializer
    >>> store = ContentArtifactStore("memory://example", Serializers([JsonSerializer()]))
    >>> outputs = store.put({"x": [1, 2]}, namespace={})
    >>> store.get(outputs["x"].artifact, "x", namespace={})
    [1, 2]
    """

    def __init__(
        self,
        url: str | Path,
        serializers: Serializers | None = None,
        *,
        max_artifact_bytes: int | None = None,
    ) -> None:
        self._files = files_at(url)
        self._content = ContentFiles(self._files)
        self._serializers = serializers
        self._max_bytes = max_artifact_bytes
        self._key: bytes | None = None
        self._groups: dict[Digest, tuple[dict[str, Any], Mapping[str, Any]]] = {}
        """Names stored together, with the namespace that they were loaded into last."""

    def put(
        self,
        values: Mapping[str, Any],
        namespace: dict[str, Any],
        *,
        by_reference: frozenset[str] = frozenset(),
        loaded: Mapping[str, Any] | None = None,
    ) -> Mapping[str, OutputRecord]:
        """See `ArtifactStore.put`."""
        scope = Scope(namespace, by_reference)
        shared = find_shared(values, loaded or {}, scope)
        outputs: dict[str, OutputRecord] = {}
        for names in shared.groups:
            members = names if len(names) > 1 else ()
            value = {name: values[name] for name in names} if members else values[names[0]]
            written = self._write(value, names, scope)
            for name in names:
                described = self._describe(values[name])
                outputs[name] = OutputRecord(
                    name=name,
                    artifact=_record(written, described, members),
                    truthy=None if described.shape is not None else _truth(values[name]),
                    needs=written.needs,
                    shares=shared.inputs.get(name, ()),
                )
        return outputs

    def get(self, artifact: ArtifactRecord | Digest, name: str, namespace: dict[str, Any]) -> Any:
        """See `ArtifactStore.get`."""
        digest = artifact.digest if isinstance(artifact, ArtifactRecord) else artifact
        group = self._groups.get(digest)
        if group is None or group[0] is not namespace:
            value, members = self._read(digest, Scope(namespace))
            if not members:
                return value
            group = self._groups[digest] = namespace, value
        try:
            return group[1][name]
        except KeyError:
            raise ArtifactMissing(
                f"the artifact {digest} has no value named {name!r}",
                hint=f"it has {', '.join(sorted(group[1]))}",
                digest=digest,
            ) from None

    def _known(self) -> Serializers:
        return installed_serializers() if self._serializers is None else self._serializers

    def _get_key(self) -> bytes:
        if self._key is None:
            self._key = get_or_make_key(self._files)
        return self._key

    def _describe(self, value: Any) -> Description:
        """What to show of `value`; a preview that fails or warns must neither lose the value nor show in the node."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self._known().handling(value)[0].describe(value)
            except Exception:  # noqa: BLE001
                return describe_any(value)

    def _write(self, value: Any, names: tuple[str, ...], scope: Scope) -> _Written:
        members = names if len(names) > 1 else ()
        # Names that share an object are one dict, which only a serializer that keeps identity may store.
        candidates = [one for one in self._known().handling(value) if one.signed or not members]
        with self._content.writing(self._max_bytes) as draft:
            for serializer in candidates:
                writer = EnvelopeWriter(draft)
                try:
                    serializer.dump(value, writer, scope)
                    writer.finish(serializer.name, members, self._get_key if serializer.signed else None)
                except DataOpsError as error:
                    error.where = error.where or ", ".join(names)
                    raise
                except Exception as error:
                    if serializer is candidates[-1]:
                        raise _unstorable(value, names, scope, error) from error
                    draft.rewind()
                    continue
                return _Written(draft.digest, draft.size_bytes, serializer.name, tuple(sorted(writer.needs)))
        raise _unstorable(value, names, scope, TypeError("no installed serializer handles it"))

    def _read(self, digest: Digest, scope: Scope) -> tuple[Any, tuple[str, ...]]:
        content, seal = self._content.read(digest)
        envelope = open_envelope(content)
        serializer = self._known().named(envelope.serializer)
        if serializer.signed:
            verify(envelope, digest, seal, self._get_key())
        try:
            return serializer.load(envelope.buffers, scope), envelope.members
        except DataOpsError:
            raise
        except Exception as error:
            raise ArtifactError(
                f"the stored value cannot be loaded: {type(error).__name__}: {error}",
                where=digest,
                hint="it may need a package, or another version of one, that this kernel does not have",
                digest=digest,
            ) from error


def _record(written: _Written, described: Description, members: tuple[str, ...]) -> ArtifactRecord:
    return ArtifactRecord(
        digest=written.digest,
        serializer=written.serializer,
        type=described.type,
        size_bytes=written.size_bytes,
        shape=described.shape,
        columns=described.columns,
        preview=described.preview,
        members=members,
    )


def _truth(value: Any) -> bool | None:
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - a __bool__ of the user's may raise anything
        return None


def _unstorable(value: Any, names: tuple[str, ...], scope: Scope, error: Exception) -> UnstorableValue:
    """Says which variable cannot be stored, and where inside it the reason lies."""
    members = value if len(names) > 1 else {names[0]: value}
    part, reason = next(
        (found for name, member in members.items() if (found := find_unstorable(member, scope, name))),
        (Part(value, None, names[0]), error),
    )
    variable = part.variable
    kind = type_name(type(part.value))
    what = f"{part.path} is a {kind}" if part.path != variable else f"it is a {kind}"
    return UnstorableValue(
        f"{variable!r} cannot be stored: {what} ({reason})",
        where=f"variable {variable}",
        hint="make it in a setup cell, or keep both cells in one node",
        variable=variable,
        type=kind,
        path=part.path,
    )
