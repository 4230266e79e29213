"""`oyez eval`: how well recordings are heard whose text is known."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oyez import __version__, log, understanding
from oyez.cli import app, options, output, show
from oyez.cli.transcribe import bar, parse_hot_words
from oyez.engines.mms import languages
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recordings import MmsRecordings
from oyez.errors import EngineFailed, InvalidInput, ModelMissing
from oyez.evaluation import manifest
from oyez.models import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.evaluation.manifest import Sample
    from oyez.evaluation.measure import Judged
    from oyez.evaluation.page import Report
    from oyez.hot_words import HotWord

LAYOUTS = "Common Voice or FLEURS (TSV), or a CSV with the columns file, text and perhaps language."
EXAMPLES = (
    "Examples: oyez eval cv-corpus/es/test.tsv --limit 200 | oyez eval fleurs/de_de/test.tsv --report german.html | "
    "oyez eval recordings.csv -l en --by speaker --json"
)


@app.command("eval", epilog=EXAMPLES)
def evaluate(
    manifest_file: Annotated[Path, typer.Argument(metavar="MANIFEST", help=LAYOUTS)],
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Language spoken, where the manifest doesn't say.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(help="Folder of the recordings. Default: beside the manifest.", show_default=False)
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="A column of the manifest to tell apart by; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first so many recordings only.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Installed model, or a folder. Default: the configuration's.")
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Letter by letter: no search, no list of words.")] = False,
    hot_word: Annotated[
        list[str] | None, typer.Option(help="A phrase to listen for, as in asr.hot_words; may be repeated.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="HTML page to write, with plots.", show_default=False)] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst recordings are shown.")] = 10,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Tell the word and letter error rates of recordings whose text is known, by language, with 95 % intervals."""
    log.configure("warning")
    _require_jiwer()
    if report:
        output.check(report, (".html", ".htm"))
    samples = manifest.read(manifest_file, audio)[:limit]
    loaded = options.config_or_demo(config)
    name = model or loaded.asr.model
    folder = store.model_path(loaded.models_dir, name)
    installed = languages.installed(folder)
    spoken = _spoken(samples, language, installed)
    decoding = Decoding(width=1) if greedy else understanding.decoding(loaded.asr, installed)
    phrases = [] if greedy else parse_hot_words([*loaded.asr.hot_words, *(hot_word or ())])
    mms = MmsRecordings(folder, threads=loaded.asr.threads, decoding=decoding, precision=loaded.asr.precision)
    judged, left_out = asyncio.run(_judge(mms, samples, spoken, by or (), phrases))
    facts = [
        ("Recordings", f"{len(judged)} of {manifest_file}"),
        ("Model", name),
        ("Reading", _reading(decoding, phrases)),
        ("Threads", str(loaded.asr.threads or "one for each core")),
        ("Oyez", __version__),
    ]
    _tell(_report(judged, facts, left_out, worst), report, as_json)
    if left_out:
        raise typer.Exit(InvalidInput.exit_code)


def _require_jiwer() -> None:
    try:
        import jiwer  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ModelMissing(
            "error rates are counted by jiwer, which isn't here", hint="pip install 'oyez[eval]'"
        ) from error


def _spoken(samples: Sequence[Sample], given: str | None, installed: Sequence[str]) -> dict[str | None, str]:
    """What the manifest calls a language -> the installed code. Raises ModelMissing, InvalidInput."""
    named = {sample.language for sample in samples}
    if "" in named or None in named:
        if given is None:
            raise InvalidInput("the manifest doesn't say which language is spoken", hint="oyez eval … --language es")
        return {name: languages.resolve(name or given, installed) for name in named}
    return {name: languages.resolve(name or "", installed) for name in named}


async def _judge(
    mms: MmsRecordings,
    samples: Sequence[Sample],
    spoken: dict[str | None, str],
    by: Sequence[str],
    phrases: Sequence[HotWord],
) -> tuple[list[Judged], Counter[str]]:
    """What was heard, and how many recordings couldn't be, by reason."""
    from oyez.evaluation.measure import judge, normalise  # noqa: PLC0415 - an extra

    judged: list[Judged] = []
    left_out: Counter[str] = Counter()
    try:
        await mms.child.start()
        with bar("evaluating") as progress:
            for number, sample in enumerate(samples):
                progress(number, len(samples))
                if not normalise(sample.text):
                    left_out["without a text"] += 1
                    continue
                language, began = spoken[sample.language], time.perf_counter()
                try:
                    heard = await mms.hear(sample.file, language, hot_words=phrases)
                except (InvalidInput, EngineFailed) as error:
                    show.error(error)
                    left_out["not heard"] += 1
                    continue
                group = (language, *(sample.columns.get(column, "") for column in by))
                elapsed = time.perf_counter() - began
                judged.append(
                    judge(
                        str(sample.file), group, sample.text, heard.recognition, seconds=heard.seconds, elapsed=elapsed
                    )
                )
    finally:
        await mms.child.close()
    if not judged:
        raise InvalidInput("not one of the recordings could be heard", hint="--audio FOLDER, if they lie elsewhere")
    return judged, left_out


def _reading(decoding: Decoding, phrases: Sequence[HotWord]) -> str:
    if decoding.width == 1:
        return "greedy, letter by letter"
    told = [f"search of {decoding.width} prefixes where something is known, with the model's own list if it has one"]
    told += [f"lists of words for {', '.join(decoding.words)}"] if decoding.words else []
    told += [f"n-gram models for {', '.join(decoding.language_models)}"] if decoding.language_models else []
    told += [f"{len(phrases)} hot words"] if phrases else []
    return "; ".join(told)


def _report(judged: Sequence[Judged], facts: Sequence[tuple[str, str]], left_out: Counter[str], worst: int) -> Report:
    from oyez.evaluation import measure  # noqa: PLC0415 - an extra
    from oyez.evaluation.page import Report  # noqa: PLC0415

    notes = [f"{count} recordings {why} were left out." for why, count in left_out.items()]
    if digits := sum(any(sign.isdigit() for sign in one.said) for one in judged):
        notes.append(f"{digits} texts have digits, which are heard as words: they count as errors.")
    return Report("How well Oyez hears", facts, measure.scores(judged), judged, measure.worst(judged, worst), notes)


def _tell(report: Report, target: Path | None, as_json: bool) -> None:
    from oyez.evaluation.measure import NORMALISATION  # noqa: PLC0415 - an extra
    from oyez.evaluation.page import page, rate  # noqa: PLC0415

    if target:
        with output.whole(target) as beside:
            beside.write_text(page(report), encoding="utf-8")
    if as_json:
        show.as_json(_data(report, NORMALISATION))
        return
    rows = [
        (", ".join(one.group), one.recordings, one.words, rate(one.wer), rate(one.cer), f"{one.exact:.0%}",
         f"{one.real_time_factor:.3f}")
        for one in report.scores
    ]  # fmt: skip
    headers = ("Language", "Recordings", "Words", "Word errors", "Letter errors", "Exact", "Real-time factor")
    show.table(headers, rows)
    for one in report.worst:
        show.out.print(show.plain(f"{one.word_errors / one.words:5.0%}  {one.said!r} -> {one.heard!r}  {one.file}"))
    show.notes([*report.notes, f"Intervals: 95 %. Normalised: {NORMALISATION}."])
    if target:
        show.out.print(f"Written: {target}")


def _data(report: Report, normalisation: str) -> dict[str, Any]:
    return {
        "facts": {name.lower(): value for name, value in report.facts},
        "normalisation": normalisation,
        "scores": [asdict(one) for one in report.scores],
        "worst": [asdict(one) for one in report.worst],
        "notes": report.notes,
    }
