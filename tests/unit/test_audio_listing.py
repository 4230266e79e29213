"""Which device a name means."""

import pytest

from oyez.audio.listing import Device, Direction, match, stable_name
from oyez.errors import DeviceLost


def device(name, ident=None, *, inputs=1, outputs=0, monitor=False):
    return Device(name, ident or name, "ALSA", inputs, outputs, 48_000, monitor=monitor)


USB_ONE = device("USB Audio: Mic", "hw:CARD=Device,DEV=0")
USB_TWO = device("USB Audio: Mic", "hw:CARD=Device_1,DEV=0")
JABRA = device("Jabra SPEAK 510: USB Audio", "hw:CARD=USB,DEV=0", outputs=2)
MONITOR = device("Monitor of Jabra", "jabra.monitor", monitor=True)
HIFI = device("HiFi", inputs=0, outputs=2)
ALL = [USB_ONE, USB_TWO, JABRA, MONITOR, HIFI]


def test_an_alsa_name_loses_the_card_number_that_changes_and_gains_the_card_id_that_stays():
    assert stable_name("HDA Intel PCH: ALC257 (hw:3,1)", {3: "PCH"}) == ("HDA Intel PCH: ALC257", "hw:CARD=PCH,DEV=1")
    assert stable_name("pulse", {}) == ("pulse", "pulse")
    assert stable_name("Late (hw:9,0)", {}) == ("Late", "hw:CARD=9,DEV=0")


@pytest.mark.parametrize(
    "wanted", ["Jabra SPEAK 510: USB Audio", "jabra", "speak 510", "hw:CARD=USB,DEV=0", "card=usb"]
)
def test_a_name_a_part_of_it_or_the_id_means_the_device(wanted):
    assert match(wanted, ALL, Direction.IN) is JABRA


def test_a_part_of_a_name_never_means_the_monitor_of_a_speaker():
    with pytest.raises(DeviceLost, match="no microphone called 'monitor'"):
        match("monitor", ALL, Direction.IN)
    assert match("jabra.monitor", ALL, Direction.IN) is MONITOR


def test_a_name_of_two_devices_is_refused_and_the_candidates_are_told_apart():
    with pytest.raises(DeviceLost) as caught:
        match("USB Audio: Mic", ALL, Direction.IN)
    assert "hw:CARD=Device,DEV=0" in caught.value.message
    assert "hw:CARD=Device_1,DEV=0" in caught.value.message
    assert match("hw:CARD=Device_1,DEV=0", ALL, Direction.IN) is USB_TWO


def test_a_speaker_is_no_microphone():
    with pytest.raises(DeviceLost, match="no microphone called 'HiFi'; there is: USB Audio: Mic"):
        match("HiFi", ALL, Direction.IN)
    assert match("hifi", ALL, Direction.OUT) is HIFI


def test_a_house_without_devices_is_told_so():
    with pytest.raises(DeviceLost, match="none at all"):
        match("x", [], Direction.OUT)


def test_json_tells_what_a_device_works_as():
    assert JABRA.as_json()["works_as"] == ["microphone", "speaker"]
    assert HIFI.as_json()["works_as"] == ["speaker"]
    assert "index" not in HIFI.as_json()
