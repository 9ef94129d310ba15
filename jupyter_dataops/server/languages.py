"""What Jupyter Server itself translates: titles of settings and labels of menus, which stand in schemas."""

from __future__ import annotations

import gettext
from contextlib import suppress
from pathlib import Path
from typing import Final

import jupyter_dataops

DOMAIN: Final = "jupyter_dataops"
CATALOGUES: Final = Path(jupyter_dataops.__file__).parent / "locale"


def carry_catalogues() -> None:
    """The server finds our catalogues in our package.

    Browsers get them by the entry point `jupyterlab.locale`. What the server translates itself, it looks for in
    language packs alone, which are packages of others: without this, settings would be English in a German JupyterLab.
    """
    from jupyterlab_server.translation_utils import TranslationBundle, translator  # noqa: PLC0415 - with Jupyter alone

    class CarriedCatalogues(TranslationBundle):
        def update_locale(self, locale_: str) -> None:
            super().update_locale(locale_)
            if gettext.find(DOMAIN, str(CATALOGUES), [locale_]):
                self._translator = gettext.translation(DOMAIN, str(CATALOGUES), [locale_])

    # There is no public way. Should this one close, what is lost is the language of the settings.
    with suppress(AttributeError):
        translator._TRANSLATORS[DOMAIN] = CarriedCatalogues(DOMAIN, translator._LOCALE)  # noqa: SLF001
