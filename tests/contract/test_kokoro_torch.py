"""Kokoro's own torch model behind the port, and what is exported of it: on random weights of the published layout."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from oyez.cli.models import app
from oyez.engines.kokoro import cut, voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.kokoro.models import opened
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.prepared import EXPORTED, FOLDER, RECORD
from oyez.errors import InvalidInput, ModelDamaged
from oyez.models import store
from oyez.speak.script import prepare

for extra in ("torch", "transformers", "loguru"):
    pytest.importorskip(extra, reason=f"{extra} isn't installed (extra `torch`)")
if importlib.util.find_spec("kokoro") is None:
    pytest.skip("kokoro isn't installed (extra `torch`)", allow_module_level=True)

import torch  # noqa: E402
from tools import kokoro_random  # noqa: E402

from oyez.engines.kokoro import checkpoint, exportable  # noqa: E402

# Deprecations in torch, transformers and kokoro are theirs.
pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("default")]

VOICE = "af_heart"
PHONEMES = "həlˈO, dˈɪɹ pˈipəl."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small checkpoint in the layout of the model hub."""
    made = tmp_path_factory.mktemp("hub") / "Kokoro"
    kokoro_random.write(made, kokoro_random.small(), voices=(VOICE, "bf_emma"))
    return made


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory):
    """What the command makes of it."""
    made = tmp_path_factory.mktemp("exported") / "kokoro"
    assert "differs from torch, it does" in models("export", "kokoro", str(folder), str(made))
    return made


def models(*arguments):
    """What `oyez models …` prints."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, f"{done.output}{done.exception!r}"
    return done.output


def feed(styles):
    length = len(PHONEMES)
    given = {"tokens": np.array([tokens(PHONEMES)]), "style": styles[length - 1 : length]}
    return given | {"speed": np.float32([1.0])}


def test_what_is_exported_has_the_durations_and_the_voices_of_the_weights(folder, exported):
    model, graph = (opened(place, 1, "cpu") for place in (folder, exported))
    for name in (VOICE, f"{VOICE} + bf_emma"):
        voice = voices.find(name)
        styles = model.styles(voice)
        assert np.array_equal(styles, graph.styles(voice))
        theirs, ours = (one.sentence(feed(styles), voice) for one in (model, graph))
        assert (ours.frames, ours.steps) == (theirs.frames, theirs.steps)


def test_the_same_sounds_the_same_again(folder):
    model, voice = opened(folder, 1, "cpu"), voices.find(VOICE)
    one, two = (model.sentence(feed(model.styles(voice)), voice) for _ in range(2))
    assert np.array_equal(one.window(0, one.steps), two.window(0, two.steps))


def test_the_spectrum_that_is_exported_is_the_one_that_torch_computes(folder):
    own = checkpoint.load(folder).decoder.generator.stft
    ours, noise = exportable._Spectrum(own.filter_length, own.hop_length), torch.randn(1, 3000)
    (magnitude, phase), (theirs, angle) = ours.transform(noise), own.transform(noise)
    assert torch.allclose(magnitude, theirs, atol=1e-4)
    inside = slice(4, -4)  # beyond, the signal is mirrored: an angle of pi is one of -pi
    assert torch.allclose(torch.cos(phase - angle)[..., inside], torch.ones(()), atol=1e-4)
    assert torch.allclose(ours.inverse(theirs, angle), own.inverse(theirs, angle), atol=1e-5)


def test_a_scale_that_was_taught_to_a_normalisation_is_told_with_the_style(folder):
    own = type(checkpoint.load(folder).decoder.encode.norm1)(8, 4)
    with torch.no_grad():
        own.norm.weight.uniform_(0.5, 2.0)
        own.norm.bias.normal_()
        signal, style = torch.randn(1, 4, 50), torch.randn(1, 8)
        expected = own(signal, style)
        assert torch.allclose(exportable._Adain(own)(signal, style), expected, atol=1e-5)


def test_an_export_is_installed_and_cut_like_the_published_graph(exported, tmp_path):
    place = ["--models-dir", str(tmp_path)]
    assert "is installed" in models("install", "my-voice", "--from", str(exported), *place)
    assert "my-voice: whole" in models("verify", "my-voice", *place)
    made = store.model_path(tmp_path, "my-voice")
    # A random network makes much of what rounding leaves: that its sounds were compared is what matters here.
    record = json.loads((made / FOLDER / RECORD).read_text())
    assert record["failure"] is None or "sound differs" in record["failure"]
    assert sum(cut.places(onnx.load(made / EXPORTED))) > 1000


def test_a_target_that_is_there_is_left_alone(folder, tmp_path):
    done = CliRunner().invoke(app, ["export", "kokoro", str(folder), str(tmp_path)])
    assert isinstance(done.exception, InvalidInput)
    assert "is there already" in done.exception.message


async def test_torch_speaks_whole_sentences_through_the_port(folder):
    tts = KokoroTts(folder, prepare=prepare, g2p="espeak", threads=1, device="cpu")
    try:
        chunks = [chunk async for chunk in tts.synthesise("Good morning. Good night.", voice=VOICE)]
        note = tts.child.ready["note"]
    finally:
        await tts.child.close()
    assert [chunk.text for chunk in chunks if chunk.text] == ["Good morning.", "Good night."]
    assert all(np.isfinite(chunk.samples).all() for chunk in chunks)
    assert [word.text for chunk in chunks for word in chunk.words] == ["Good", "morning.", "Good", "night."]
    assert "torch computes" in note


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_told(folder):
    with pytest.raises(InvalidInput, match="finds no graphics card"):
        opened(folder, 1, "cuda")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: replace(folder / "kokoro-v1_0.pth", b"PK\x03\x04 cut short"), "torch can't read it"),
        (lambda folder: change(folder, n_layer=2), "is missing"),
        (lambda folder: change(folder, n_token=179), "has another shape than config.json says"),
        (lambda folder: change(folder, istftnet={}), "no Kokoro can be made of it"),
    ],
)
def test_a_checkpoint_that_is_not_whole_is_refused(folder, tmp_path, damage, reason):
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    damage(tmp_path)
    with pytest.raises(ModelDamaged, match=reason):
        opened(tmp_path, 1, "cpu")


def change(folder, **settings):
    path = folder / "config.json"
    replace(path, json.dumps(json.loads(path.read_text()) | settings).encode())


def replace(link, content):
    link.unlink()
    link.write_bytes(content)
