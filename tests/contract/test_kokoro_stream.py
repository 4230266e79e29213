"""The cut model against the whole one: the same durations, the same sound, nothing clipped; and what happens without."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import onnx
import pytest

from oyez.config.places import default_models_dir
from oyez.engines import cpu
from oyez.engines.kokoro import cut, sound, static, statistics, voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.kokoro.espeak import EspeakG2p
from oyez.engines.kokoro.graphs import CutModel, WholeModel
from oyez.engines.kokoro.pace import Playback
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.plan import Piece
from oyez.engines.kokoro.prepare import convert
from oyez.engines.kokoro.prepared import FOLDER, GENERATOR, MODEL_FILE, PROSODY, RECORD, REFINER
from oyez.engines.kokoro.sessions import open_graph, run
from oyez.engines.kokoro.source import Source
from oyez.engines.kokoro.synthesiser import Synthesiser
from oyez.engines.kokoro.windows import STEP, Plan
from oyez.engines.kokoro.words import spans
from oyez.speak.script import prepare

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]

FOLDER_OF_MODEL = default_models_dir() / "kokoro-v1.0-int8"
HELLO, TEXT = "Good morning, dear people of the house.", "The dryer has twenty minutes left."
QUIET = 10 ** (-55 / 20)  # of the loudest sample: neither a phoneme nor a breath


@pytest.fixture(scope="module")
def model():
    """The cut model, on one thread."""
    return CutModel(FOLDER_OF_MODEL, 1)


def piece(text, voice="af_heart", speed=1.0):
    found = voices.find(voice)
    phonemes = EspeakG2p()(text, found.language)
    return Piece(text, phonemes, found, speed, 1.0, words=spans(text, phonemes))


def feed(said):
    length = len(said.phonemes)
    style = voices.load_styles(FOLDER_OF_MODEL / "voices", said.voice)[length - 1 : length]
    return {"tokens": np.array([tokens(said.phonemes)]), "style": style, "speed": np.float32([said.speed])}


def below(one, other) -> float:
    """How far the difference lies below a sound, in dB."""
    return 10 * np.log10(np.square(one).sum() / np.square(one - other).sum())


def log_spectral_distance(one, other) -> float:
    """Mean over time of the difference of spectra in dB, where there is sound."""

    def spectra(samples):
        frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::256] * np.hanning(1024)
        return np.abs(np.fft.rfft(frames))

    a, b = spectra(one), spectra(other)
    floor = a.max() * 1e-3
    differs = 20 * np.log10(np.maximum(a, floor) / np.maximum(b, floor))
    return float(np.sqrt(np.square(differs).mean(1))[a.max(1) > 3 * floor].mean())


def test_the_cut_makes_what_the_whole_makes_and_its_windows_what_it_makes_whole(model, tmp_path):
    """With exact statistics: durations to the frame, windows to what nobody hears, the whole but for its int8 noise."""
    said = piece(TEXT)
    given, graph = feed(said), onnx.load(FOLDER_OF_MODEL / MODEL_FILE)
    whole = WholeModel(FOLDER_OF_MODEL / MODEL_FILE, 1).sentence(given)
    onnx.save(cut.prosody(graph), tmp_path / "prosody.onnx")
    onnx.save(cut.measuring_generator(graph), tmp_path / "measuring.onnx")
    measuring = open_graph(tmp_path / "measuring.onnx", 1)

    def measure(features, source):
        told = {"features": features, "style": given["style"]}
        return run(measuring, ["audio", "statistics"], told | source.window(0, features.shape[2]))

    features, pitch, frames = run(open_graph(tmp_path / "prosody.onnx", 1), ["features", "pitch", "frames"], given)
    assert frames.tolist() == whole.frames
    assert below(whole.window(0, whole.steps), measure(features, Source(pitch))[0]) > 10

    sentence = model.sentence(given, said.voice)
    assert sentence.frames == whole.frames
    measured, exact = measure(sentence.given["features"], sentence.source)
    predicted = sentence.window(0, sentence.steps)
    assert log_spectral_distance(measured, predicted) < 2.2
    sentence.given["statistics"] = exact
    borders = [0, 7, 40, 41, 130, sentence.steps]
    windows = [sentence.window(*border) for border in pairwise(borders)]
    assert [len(window) for window in windows] == [(b - a) * STEP for a, b in pairwise(borders)]
    assert below(sentence.window(0, sentence.steps), np.concatenate(windows)) > 30
    assert below(measured, np.concatenate(windows)) > 14


@pytest.mark.parametrize(
    ("text", "voice", "speed"),
    [
        ("Hello there!", "am_onyx", 1.0),
        ("Five.", "bf_emma", 1.5),
        ("Oui, bien sûr", "ff_siwis", 1.0),
        ("Happy birthday!", "am_santa", 0.5),
        ("Thanks", "af_nicole", 2.0),
        ("हाँ, ज़रूर।", "hf_alpha", 0.8),
    ],
)
def test_nothing_that_is_left_out_can_be_heard(model, text, voice, speed):
    said = piece(text, voice, speed)
    sentence = model.sentence(feed(said), said.voice)
    begin, _, end = sound.kept(said.phonemes, sentence.frames, speed)
    audio = sentence.window(0, sentence.steps)
    loudest = np.abs(audio).max()
    assert np.abs(audio[: begin * STEP]).max(initial=0) < QUIET * loudest
    assert np.abs(audio[end * STEP :]).max(initial=0) < QUIET * loudest
    assert (end - begin) * STEP > np.count_nonzero(np.abs(audio) > QUIET * loudest)


@pytest.fixture(scope="module")
def synthesiser():
    return Synthesiser(FOLDER_OF_MODEL, threads=1)


@pytest.mark.parametrize("head", [1, 3])
def test_a_sentence_is_as_long_as_its_durations_say_however_it_is_cut(synthesiser, monkeypatch, head):
    said = piece(TEXT)
    asked = []

    def plan(sentence, begin, end, ahead):
        asked.append((sentence, begin))
        return Plan(((begin, begin + 30), (begin + 30, begin + 50), (begin + 50, end)), head)

    monkeypatch.setattr("oyez.engines.kokoro.graphs._CutSentence.plan", plan)
    parts = list(synthesiser.say(said, Playback()))
    [(sentence, begin)] = asked
    _, _, end = sound.kept(said.phonemes, sentence.frames, 1.0)
    assert len(parts) == 4 - head
    samples = np.concatenate([part.samples for part in parts])
    skipped = (end - begin) * STEP - len(samples)
    assert 0 <= skipped < 0.25 * 24_000
    assert np.abs(samples[: round(0.015 * 24_000)]).max() < sound.INAUDIBLE * 1.5
    words = parts[0].words
    assert [word.text for word in words] == TEXT.split()
    assert all(not part.words for part in parts[1:])
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max()) / 24_000
    assert abs(words[0].start - loud[0]) < 0.1
    assert abs(words[-1].end - loud[-1]) < 0.3  # a final "t" is hardly heard


def test_speech_that_begins_early_is_heard_from_its_first_sound_on(synthesiser):
    said = piece("Front door.", "af_sky")
    sentence = synthesiser._sentence(said.phonemes, said.voice, 1.0)
    first = np.flatnonzero(np.abs(sentence.window(0, sentence.steps)) > sound.INAUDIBLE)[0]
    _, begin, end = sound.kept(said.phonemes, sentence.frames, 1.0)
    assert first < begin * STEP, "another voice or sentence is needed here"
    samples = np.concatenate([part.samples for part in synthesiser.say(said, Playback())])
    assert end * STEP - len(samples) == pytest.approx(first - sound.LEAD * 24_000, abs=0.01 * 24_000)


@pytest.fixture
def folder(tmp_path):
    """The installed model under other names, its cut as files of its own."""
    made = tmp_path / "kokoro-v1.0-int8"
    (made / FOLDER).mkdir(parents=True)
    (made / MODEL_FILE).symlink_to(FOLDER_OF_MODEL / MODEL_FILE)
    (made / "voices").symlink_to(FOLDER_OF_MODEL / "voices")
    for name in (PROSODY, GENERATOR, REFINER):
        (made / FOLDER / name).symlink_to(FOLDER_OF_MODEL / FOLDER / name)
    shutil.copy(FOLDER_OF_MODEL / FOLDER / RECORD, made / FOLDER / RECORD)
    return made


def rewrite(folder, **fields):
    path = folder / FOLDER / RECORD
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def cut_short(folder):
    path = folder / FOLDER / GENERATOR
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda folder: shutil.rmtree(folder / FOLDER), "installed before it could be cut"),
        (lambda folder: (folder / FOLDER / RECORD).write_text("{"), "can't be read"),
        (lambda folder: rewrite(folder, format=0), "another version of Oyez"),
        (lambda folder: rewrite(folder, widest=255), "made ready for another processor"),
        (lambda folder: rewrite(folder, failure="other durations"), "can't be cut here: other durations"),
        (lambda folder: rewrite(folder, model="0" * 64), "learnt from another version of the model"),
        (lambda folder: (folder / FOLDER / PROSODY).unlink(), "prosody.onnx is missing"),
        (cut_short, "generator.onnx is no ONNX graph that can be loaded"),
    ],
)
def test_a_cut_that_is_in_doubt_is_not_used_and_the_reason_told(folder, damage, why):
    assert Synthesiser(folder, threads=1).whole_because is None
    damage(folder)
    assert why in Synthesiser(folder, threads=1).whole_because


def test_the_installed_cut_works_in_int8_as_wide_as_this_processor_takes():
    assert json.loads((FOLDER_OF_MODEL / FOLDER / RECORD).read_text())["widest"] == cpu.weight_range()
    generator = onnx.load(FOLDER_OF_MODEL / FOLDER / GENERATOR)
    assert Counter(node.op_type for node in generator.graph.node)["QLinearConv"] == 34


def test_convolutions_whose_ranges_do_not_fit_stay_float32(tmp_path, monkeypatch):
    known = static.Ranges.load()
    narrow = {name: static.Range(one.peak / 100, one.low / 100, one.high / 100) for name, one in known.of.items()}
    monkeypatch.setattr(static.Ranges, "load", lambda: static.Ranges(known.model, narrow))
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / MODEL_FILE).symlink_to((FOLDER_OF_MODEL / MODEL_FILE).resolve())
    (tmp_path / "source/voices").mkdir()
    shutil.copy(FOLDER_OF_MODEL / "voices/af_heart.bin", tmp_path / "source/voices")
    (tmp_path / "made").mkdir()
    convert(tmp_path / "source", tmp_path / "made", None, progress=lambda *_: None)
    place = tmp_path / "made" / FOLDER
    assert json.loads((place / RECORD).read_text())["widest"] is None
    assert sorted(path.name for path in place.iterdir()) == [RECORD, GENERATOR, PROSODY, REFINER]
    assert "QLinearConv" not in {node.op_type for node in onnx.load(place / GENERATOR).graph.node}
    assert Synthesiser(tmp_path / "made", threads=1).whole_because is None


def test_without_statistics_nothing_is_streamed(folder, tmp_path, monkeypatch):
    (tmp_path / "table.npz").write_bytes(b"no table")
    monkeypatch.setattr(statistics, "TABLE", tmp_path / "table.npz")
    assert "statistics of the voices can't be read" in Synthesiser(folder, threads=1).whole_because


async def test_a_model_without_a_cut_speaks_whole_sentences_and_says_so(folder):
    shutil.rmtree(folder / FOLDER)
    tts = KokoroTts(folder, prepare=prepare, g2p="espeak")
    try:
        chunks = [chunk async for chunk in tts.synthesise(f"{HELLO} {TEXT}", voice="af_heart")]
    finally:
        await tts.child.close()
    assert [chunk.text for chunk in chunks] == [HELLO, TEXT]
    assert "speaks whole sentences: the model was installed before" in tts.child.ready["note"]
    assert_words_are_told(chunks)


def test_there_are_statistics_for_every_voice_of_the_catalogue():
    assert statistics.Statistics.load().voices == set(voices.catalogue())


def test_a_blend_is_streamed_without_statistics_of_its_own(model, tmp_path):
    said = piece(TEXT, "am_onyx*0.6 + bf_emma*0.4")
    assert model.speaks(said.voice)
    sentence = model.sentence(feed(said), said.voice)
    onnx.save(cut.measuring_generator(onnx.load(FOLDER_OF_MODEL / MODEL_FILE)), tmp_path / "measuring.onnx")
    given = {key: sentence.given[key] for key in ("features", "style")} | sentence.source.window(0, sentence.steps)
    [measured] = run(open_graph(tmp_path / "measuring.onnx", 1), ["audio"], given)
    assert log_spectral_distance(measured, sentence.window(0, sentence.steps)) < 3.2  # 4.8 to 9 with those of a voice


def test_a_voice_that_predicted_statistics_are_too_coarse_for_has_them_measured(model, tmp_path):
    """bm_lewis: what is measured differs by int8's rounding from what the whole sentence has, and is heard as it is."""
    said = piece(TEXT, "bm_lewis")
    assert said.voice.refined
    assert voices.find("af_heart*0.7 + bm_lewis*0.3").refined
    refined, predicted = (model.sentence(feed(said), replace(said.voice, refined=which)) for which in (True, False))
    onnx.save(cut.measuring_generator(onnx.load(FOLDER_OF_MODEL / MODEL_FILE)), tmp_path / "measuring.onnx")
    given = {key: refined.given[key] for key in ("features", "style")} | refined.source.window(0, refined.steps)
    audio, exact = run(open_graph(tmp_path / "measuring.onnx", 1), ["audio", "statistics"], given)
    changed = refined.given["statistics"] != predicted.given["statistics"]
    assert np.count_nonzero(changed) == 6 * 2 * 256  # places, mean and variance, channels

    def off(sentence):
        return np.abs(sentence.given["statistics"] - exact)[changed].mean()

    assert off(refined) < off(predicted) / 5
    sounds = [one.window(0, one.steps) for one in (refined, predicted)]
    assert below(audio, sounds[0]) > below(audio, sounds[1]) + 1


def assert_words_are_told(chunks):
    """Each text comes with its phonemes and its words, which follow one another through the whole speech."""
    told = [chunk for chunk in chunks if chunk.text]
    assert [word.text for chunk in told for word in chunk.words] == " ".join(chunk.text for chunk in told).split()
    assert all(chunk.phonemes for chunk in told)
    borders = [border for chunk in told for word in chunk.words for border in (word.start, word.end)]
    assert borders == sorted(borders)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert borders[-1] < len(samples) / 24_000
    for chunk in told:
        for word in chunk.words:
            assert np.abs(samples[int(word.start * 24_000) : int(word.end * 24_000)]).max() > 0.01
