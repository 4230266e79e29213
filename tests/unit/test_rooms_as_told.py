"""What can be chosen for a room in Home Assistant."""

import json

from oyez import parts
from oyez.config import load

BLEND = "af_heart*0.6 + bf_emma*0.4"
OTHER = {"language": "eng", "voice": "bm_george*0.5 + af_sky*0.5"}


def test_what_the_config_says_can_be_chosen_again_after_something_else_was(tmp_path):
    path = tmp_path / "oyez.yaml"
    path.write_text(json.dumps({"rooms": {"hall": {"language": ["eng", "spa"], "voice": BLEND}}}))
    config = load(path)
    hall = config.rooms["hall"]
    for now in (hall, hall.model_copy(update=OTHER)):
        (told,) = parts.rooms_as_told({"hall": now}, config, ["eng", "deu"])
        assert told.languages[:3] == ("eng", "deu", "eng, spa")
        assert set(told.voices) >= {"af_heart", BLEND, now.voice}
        assert len(set(told.languages)) == len(told.languages)
