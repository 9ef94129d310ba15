"""The artifact store that nodes hand their values on through."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.artifacts.collections import COLLECTION, decode, describe_collection, encode
from jupyter_dataops.artifacts.content import ContentFiles, Draft
from jupyter_dataops.artifacts.envelope import Envelope, EnvelopeWriter, open_envelope, verify
from jupyter_dataops.artifacts.files import files_at
from jupyter_dataops.artifacts.items import entwined, items_of, key_of, numbered
from jupyter_dataops.artifacts.parts import Part, find_unstorable
from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import (
    Description,
    Serializer,
    Serializers,
    describe_any,
    installed_serializers,
    type_name,
    with_article,
)
from jupyter_dataops.artifacts.sharing import find_shared
from jupyter_dataops.artifacts.signing import get_or_make_key
from jupyter_dataops.artifacts.stamps import Stamps
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactError, ArtifactMissing, DataOpsError, UnstorableValue
from jupyter_dataops.ids import Digest
from jupyter_dataops.records import ArtifactRecord, ItemRecord, OutputRecord

if TYPE_CHECKING:
    from jupyter_dataops.secrets import Masker


class _Written(Struct, frozen=True):
    digest: Digest
    size_bytes: int
    serializer: str
    needs: tuple[str, ...]
    references: frozenset[str]
    """What of setup's it has by name alone."""


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
    masker
        Of the secrets that no artifact may hold.

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
        masker: Masker | None = None,
    ) -> None:
        self._files = files_at(url)
        self._masker = masker
        self._content = ContentFiles(self._files, masker, Stamps(self._files, self._get_key))
        self._serializers = serializers
        self._max_bytes = max_artifact_bytes
        self._key: bytes | None = None
        self._groups: dict[tuple[Digest, tuple[int, ...]], tuple[dict[str, Any], Mapping[str, Any]]] = {}
        """Names stored together, with the namespace that they were loaded into last."""

    def put(
        self,
        values: Mapping[str, Any],
        namespace: dict[str, Any],
        *,
        by_reference: frozenset[str] = frozenset(),
        loaded: Mapping[str, Any] | None = None,
        each: frozenset[str] = frozenset(),
        abroad: frozenset[str] = frozenset(),
    ) -> Mapping[str, OutputRecord]:
        """See `ArtifactStore.put`."""
        scope = Scope(namespace, by_reference)
        shared = find_shared(values, loaded or {}, scope)
        outputs: dict[str, OutputRecord] = {}
        for names in shared.groups:
            members = names if len(names) > 1 else ()
            value = {name: values[name] for name in names} if members else values[names[0]]
            written = self._write(value, names, scope)
            for name in abroad.intersection(names):
                _require_independent(name, values[name], written)
            for name in names:
                described = self._describe(values[name])
                outputs[name] = OutputRecord(
                    name=name,
                    artifact=_record(written, described, members),
                    truthy=None if described.shape is not None else _truth(values[name]),
                    needs=written.needs,
                    shares=shared.inputs.get(name, ()),
                )
        for name in sorted(each & outputs.keys()):
            outputs[name] = replace(outputs[name], items=self._put_items(outputs[name], values[name], scope))
        return outputs

    def _put_items(self, whole: OutputRecord, value: Any, scope: Scope) -> tuple[ItemRecord, ...]:
        items = items_of(whole.name, value)
        together = entwined(items, scope)
        records = []
        for place, item in enumerate(items):
            written, described = self._write(item, (whole.name,), scope), self._describe(item)
            records.append(
                OutputRecord(
                    name=whole.name,
                    artifact=_record(written, described, ()),
                    truthy=None if described.shape is not None else _truth(item),
                    needs=written.needs,
                    shares=(*whole.shares, whole.name) if place in together else whole.shares,
                )
            )
        keys = numbered(key_of(item, record.artifact.digest) for item, record in zip(items, records, strict=True))
        return tuple(map(ItemRecord, keys, records))

    def collect(self, name: str, outputs: Sequence[OutputRecord]) -> OutputRecord:
        """See `ArtifactStore.collect`."""
        with self._content.writing(self._max_bytes) as draft:
            writer = EnvelopeWriter(draft)
            writer.write(encode(outputs))
            writer.finish(COLLECTION, (), None)
        return describe_collection(name, outputs, draft.digest, draft.size_bytes)

    def holds(self, artifact: ArtifactRecord) -> bool:
        """See `ArtifactStore.holds`."""
        if artifact.serializer != COLLECTION:
            return self._content.holds(artifact.digest, artifact.size_bytes)
        try:
            content, _ = self._content.read(artifact.digest)
        except (ArtifactMissing, ArtifactCorrupt):
            return False
        return all(self._content.holds(digest) for digest, _ in decode(open_envelope(content).buffers[0]))

    def get(self, artifact: ArtifactRecord | Digest, name: str, namespace: dict[str, Any]) -> Any:
        """See `ArtifactStore.get`."""
        digest = artifact.digest if isinstance(artifact, ArtifactRecord) else artifact
        return self._load(digest, name, namespace, ())

    def _load(self, digest: Digest, name: str, namespace: dict[str, Any], place: tuple[int, ...]) -> Any:
        """See `get`. `place` is where in collections it is asked for: elements of equal content are objects apart."""
        group = self._groups.get((digest, place))
        if group is None or group[0] is not namespace:
            content, seal = self._content.read(digest)
            envelope = open_envelope(content)
            if envelope.serializer == COLLECTION:
                references = decode(envelope.buffers[0])
                return [self._load(*one, namespace, (*place, index)) for index, one in enumerate(references)]
            value = self._decode(envelope, digest, seal, Scope(namespace))
            if not envelope.members:
                return value
            group = self._groups[digest, place] = namespace, value
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
                    if draft.secret is not None:
                        raise _not_to_be_stored(self._holder(value, names, serializer, scope), draft.secret) from None
                    error.where = error.where or ", ".join(names)
                    raise
                except Exception as error:
                    if serializer is candidates[-1]:
                        raise _unstorable(value, names, scope, error) from error
                    draft.rewind()
                    continue
                return _Written(
                    draft.digest,
                    draft.size_bytes,
                    serializer.name,
                    tuple(sorted(writer.needs)),
                    frozenset(writer.references),
                )
        raise _unstorable(value, names, scope, TypeError("no installed serializer handles it"))

    def _holder(self, value: Any, names: tuple[str, ...], serializer: Serializer, scope: Scope) -> str:
        """The first of `names` whose value holds a secret, when all of them together do."""
        for name in names[:-1]:
            with Path(os.devnull).open("wb", buffering=0) as nowhere:
                draft = Draft(nowhere, os.devnull, None, self._masker)
                serializer.dump(value[name], EnvelopeWriter(draft), scope)
            if draft.secret is not None:
                return name
        return names[-1]

    def _decode(self, envelope: Envelope, digest: Digest, seal: bytes, scope: Scope) -> Any:
        serializer = self._known().named(envelope.serializer)
        if serializer.signed:
            verify(envelope, digest, seal, self._get_key())
        try:
            return serializer.load(envelope.buffers, scope)
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


def _not_to_be_stored(variable: str, secret: str) -> UnstorableValue:
    return UnstorableValue(
        f"{variable!r} holds the value of the secret '{secret}' and would be stored for other nodes to read",
        where=f"variable {variable}",
        hint=f"read os.environ[{secret!r}] in each node that uses it, and tag a cell of each 'secret:{secret}'",
        variable=variable,
        secret=secret,
    )


def _require_independent(name: str, value: Any, written: _Written) -> None:
    """The value makes sense in another notebook. Raises `UnstorableValue`."""
    ties = sorted(written.references | set(written.needs))
    if ties:
        kind = type_name(type(value))
        raise UnstorableValue(
            f"{name!r} cannot be handed on to another notebook: it relies on {', '.join(map(repr, ties))} of this one",
            where=f"variable {name}",
            hint="hand on plain data, or define that in a module which both notebooks import",
            variable=name,
            type=kind,
            path=name,
        )


def _unstorable(value: Any, names: tuple[str, ...], scope: Scope, error: Exception) -> UnstorableValue:
    """Says which variable cannot be stored, and where inside it the reason lies."""
    members = value if len(names) > 1 else {names[0]: value}
    part, reason = next(
        (found for name, member in members.items() if (found := find_unstorable(member, scope, name))),
        (Part(value, None, names[0]), error),
    )
    variable = part.variable
    kind = type_name(type(part.value))
    what = f"{part.path} is {with_article(kind)}" if part.path != variable else f"it is {with_article(kind)}"
    return UnstorableValue(
        f"{variable!r} cannot be stored: {what} ({reason})",
        where=f"variable {variable}",
        hint="make it in a setup cell, or keep both cells in one node",
        variable=variable,
        type=kind,
        path=part.path,
    )
