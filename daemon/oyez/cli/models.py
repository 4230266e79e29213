"""`oyez models`: what there is, what is installed, fetch it, check it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from oyez.cli import app as root
from oyez.cli import show
from oyez.cli.options import ConfigOption, JsonOption, config_or_demo
from oyez.engines.mms.languages import named
from oyez.errors import InvalidInput, OyezError
from oyez.models import catalogue, store
from oyez.models.brought import brought
from oyez.models.install import install as install_model
from oyez.models.listing import described
from oyez.models.prepare import Preparer
from oyez.models.space import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from oyez.models.catalogue import Model

app = typer.Typer(no_args_is_help=True, help="Fetch, check and list the models that hear and speak.")
root.add_typer(app, name="models")

ModelsDir = Annotated[
    Path | None,
    typer.Option(help="Folder of the models. Default: as the configuration says.", show_default=False),
]


@app.command("list", epilog="Example: oyez models list --json | jq '.[] | select(.installed) | .name'")
def list_models(config: ConfigOption = None, models_dir: ModelsDir = None, *, as_json: JsonOption = False) -> None:
    """What models there are, and which are installed."""
    folder = _folder(models_dir, config)
    rows = [asdict(row) for row in described(folder)]
    if as_json:
        show.as_json(rows)
        return
    cells = [(row["name"], row["purpose"], in_words(row["size"]), row["licence"], _state(row)) for row in rows]
    show.table(("Name", "Purpose", "Size", "Licence", "Installed"), cells, title=f"Models in {folder}")


@app.command(
    epilog="Examples:\n\noyez models install kokoro-v1.0-int8 mms-mini\n\n"
    "oyez models install mms-1b-all --language eng --language spa\n\n"
    "oyez models install mms-1b-all --from /media/stick\n\n"
    "oyez models install my-fine-tune --from ./wav2vec2-large-german --language deu"
)
def install(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Models, as `oyez models list` names them.")],
    language: Annotated[
        list[str] | None, typer.Option(help="A language to hear (oyez languages); may be repeated.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Look for the files in this folder first.", exists=True, file_okay=False),
    ] = None,
    config: ConfigOption = None,
    models_dir: ModelsDir = None,
) -> None:
    """Fetch models, mend damaged ones, or add languages. Goes on where an interrupted install stopped."""
    codes = tuple(named(one) for one in language or ())
    wanted = [_wanted(name, folder, codes) for name in names]
    place = _folder(models_dir, config)
    ready = preparers(wanted)
    for model in wanted:
        with _Bar(show.out) as bar:
            changed = install_model(model, place, preparers=ready, progress=bar, languages=codes, folder=folder)
        bar.say(f"{model.name} is {'' if changed else 'already '}installed in {place / model.name}")


@app.command(
    epilog="Examples:\n\noyez models export kokoro ./Kokoro-82M ./exported\n\n"
    "oyez models install my-voice --from ./exported"
)
def export(
    kind: Annotated[str, typer.Argument(metavar="kokoro", help="What it is: there is `kokoro` only.")],
    folder: Annotated[
        Path, typer.Argument(help="config.json, weights (.pth) and voices/*.pt.", exists=True, file_okay=False)
    ],
    target: Annotated[Path, typer.Argument(help="Folder to write, for `oyez models install NAME --from`.")],
) -> None:
    """Turn torch's weights of Kokoro, published or your own, into what can be installed; needs the extra `torch`."""
    if kind != "kokoro":
        raise InvalidInput(f"{kind} can't be exported, only kokoro", hint="oyez models export kokoro FOLDER TARGET")
    try:
        from oyez.engines.kokoro.export import export as write  # noqa: PLC0415 - an extra, and seconds to import

        with _Bar(show.out) as bar:
            distance = write(folder, target, progress=bar.preparing)
    except ImportError as error:
        from oyez.engines.kokoro.models import missing_torch  # noqa: PLC0415 - the store works without engines

        raise missing_torch(folder, error) from error
    bar.say(f"{target} has graph and voices; where the graph differs from torch, it does {distance:.0f} dB below")
    show.out.print(f"oyez models install NAME --from {target}", markup=False)


@app.command(epilog="Example: oyez models verify mms-1b-all || oyez models install mms-1b-all")
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="Default: all installed ones.")] = None,
    config: ConfigOption = None,
    models_dir: ModelsDir = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Read every byte of installed models and compare it with its hash; fails when one is damaged or missing."""
    folder = _folder(models_dir, config)
    chosen = [name if (folder / name).is_dir() else catalogue.model(name).name for name in names or _installed(folder)]
    problems = {name: _problem(folder, name) for name in chosen}
    if as_json:
        show.as_json([{"name": name, "problem": problem and problem.message} for name, problem in problems.items()])
    else:
        for name, problem in problems.items():
            show.out.print(f"{name}: {'NOT whole' if problem else 'whole'}")
    failed = [problem for problem in problems.values() if problem]
    if failed:
        raise failed[0]


def preparers(wanted: Iterable[Model]) -> dict[str, Preparer]:
    """What turns the models' files into what engines read: here the store and the engines meet."""
    if not any(model.prepare for model in wanted):
        return {}
    from oyez.engines import ge2e  # noqa: PLC0415 - the store works without engines
    from oyez.engines.ge2e.convert import convert as convert_voices  # noqa: PLC0415
    from oyez.engines.kokoro import prepare as kokoro  # noqa: PLC0415
    from oyez.engines.kokoro.prepared import FORMAT as KOKORO  # noqa: PLC0415
    from oyez.engines.mms.convert import add_languages, convert  # noqa: PLC0415
    from oyez.engines.mms.prepared import FORMAT as MMS  # noqa: PLC0415

    return {
        "ge2e": Preparer(version=str(ge2e.FORMAT), convert=convert_voices, add=convert_voices),
        "kokoro": Preparer(version=str(KOKORO), convert=kokoro.convert, add=kokoro.convert),
        "mms": Preparer(version=str(MMS), convert=convert, add=add_languages),
    }


def _folder(given: Path | None, config: Path | None) -> Path:
    return given.absolute() if given else config_or_demo(config).models_dir


def _wanted(name: str, folder: Path | None, languages: tuple[str, ...]) -> Model:
    """A model of the catalogue, or the one in a folder that was brought under a name of its own."""
    if folder is None or name in catalogue.models():
        return catalogue.model(name)
    return brought(name, folder, languages)


def _installed(folder: Path) -> list[str]:
    """Names of the models that have a folder of their own."""
    return sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())


def _state(row: dict[str, Any]) -> str:
    if row["damaged"]:
        return "damaged"
    return (", ".join(row["languages"]) or "yes") if row["installed"] else "no"


def _problem(folder: Path, name: str) -> OyezError | None:
    try:
        store.verify(folder, name)
    except OyezError as problem:
        return problem
    return None


class _Amount(ProgressColumn):
    """Bytes and their speed while a file comes, else per cent."""

    def render(self, task: Task) -> Text:
        if not task.fields["in_bytes"]:
            return Text(f"{task.percentage:.0f} %")
        whole = f" of {in_words(int(task.total))}" if task.total else ""
        speed = f", {task.speed / 1e6:.1f} MB/s" if task.speed else ""
        return Text(f"{in_words(int(task.completed))}{whole}{speed}")


class _Bar:
    """Shows the store's progress: lines that stay, and a bar for the file or step under way (on a terminal)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            _Amount(table_column=Column(no_wrap=True)),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._step = ""
        self._task = TaskID(-1)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """See oyez.models.progress.Progress."""
        self._console.print(text, markup=False)

    def fetching(self, file: str, done: int, total: int | None) -> None:
        """See oyez.models.progress.Progress."""
        self._show(f"fetching {file}", done, total, in_bytes=True)

    def preparing(self, step: str, fraction: float) -> None:
        """See oyez.models.progress.Progress."""
        self._show(f"preparing {step}", fraction, 1.0, in_bytes=False)

    def _show(self, step: str, done: float, total: float | None, *, in_bytes: bool) -> None:
        if step != self._step:
            if self._step:
                self._bar.remove_task(self._task)
            self._step, self._task = step, self._bar.add_task(step, total=total, in_bytes=in_bytes)
        self._bar.update(self._task, completed=done, total=total)
