"""Ways to a real mosquitto: TLS, certificates, passwords, websockets; and ports that nobody of ours listens on."""

import asyncio
import contextlib
import subprocess
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from tests.support.broker import eventually, free_port, person
from tests.support.house import House, outcomes

from oyez import supervise
from oyez.mqtt import client as client_module
from oyez.mqtt import connection
from oyez.mqtt.talk import visit

pytestmark = [
    pytest.mark.integration,
    # paho leaves the socket of a failed handshake to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Makes certificates: (certificate, key) for a name, valid for some days (0: expired already)."""
    folder = tmp_path_factory.mktemp("ca")
    key, ca = folder / "ca.key", folder / "ca.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
            "-out", str(ca), "-subj", "/CN=Test authority", "-days", "2")  # fmt: skip

    def make(name: str, *, days: int = 2):
        request, own, cert, extra = (folder / f"{name}-{days}.{ending}" for ending in ("csr", "key", "pem", "ext"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(own),
                "-out", str(request), "-subj", f"/CN={name}")  # fmt: skip
        extra.write_text(f"subjectAltName={'IP' if name[0].isdigit() else 'DNS'}:{name}\n")
        openssl("x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey", str(key), "-CAcreateserial",
                "-out", str(cert), "-days", str(days), "-extfile", str(extra))  # fmt: skip
        return cert, own

    make.ca = ca
    return make


@pytest.fixture
def listening(make_mosquitto, authority):
    def make(name: str, *, days: int = 2, more: str = ""):
        cert, key = authority(name, days=days)
        broker = make_mosquitto(options=f"certfile {cert}\nkeyfile {key}\n{more}")
        broker.start()
        return broker

    return make


def tls(authority, **more):
    return {"enabled": True, "ca_file": authority.ca} | more


async def test_a_broker_with_the_right_certificate_is_trusted(listening, authority, tmp_path):
    async with House(listening("127.0.0.1"), tmp_path, tls=tls(authority)).living():
        pass


@pytest.mark.parametrize(("wrong", "told"), [({"name": "other.example"}, "not valid for"), ({"days": 0}, "expired")])
async def test_a_wrong_certificate_is_refused_with_the_reason(listening, authority, tmp_path, wrong, told):
    broker = listening(**{"name": "127.0.0.1"} | wrong)
    async with House(broker, tmp_path, tls=tls(authority)).living(until="away") as house:
        assert told in house.health.snapshot()["parts"]["broker"]["detail"]


async def test_an_unknown_authority_is_refused(listening, tmp_path):
    async with House(listening("127.0.0.1"), tmp_path, tls={"enabled": True}).living(until="away") as house:
        assert "certificate verify failed" in house.health.snapshot()["parts"]["broker"]["detail"]


async def test_a_plain_listener_is_not_fallen_back_to(mosquitto, authority, tmp_path):
    async with House(mosquitto, tmp_path, tls=tls(authority)).living(until="away"):
        pass
    assert "New client connected" not in mosquitto.log.read_text()


async def test_a_client_certificate_opens(listening, authority, tmp_path):
    broker = listening("127.0.0.1", more=f"cafile {authority.ca}\nrequire_certificate true")
    cert, key = authority("oyez")
    async with House(broker, tmp_path, tls=tls(authority, cert_file=cert, key_file=key)).living():
        pass


@pytest.mark.usefixtures("impatient")
async def test_without_its_client_certificate_it_is_turned_away(listening, authority, tmp_path):
    broker = listening("127.0.0.1", more=f"cafile {authority.ca}\nrequire_certificate true")
    async with House(broker, tmp_path, tls=tls(authority)).living(until="away"):
        pass


async def test_a_name_in_the_client_certificate_is_a_user(listening, authority, tmp_path):
    more = f"cafile {authority.ca}\nrequire_certificate true\nuse_identity_as_username true\nallow_anonymous false"
    cert, key = authority("oyez")
    broker = listening("127.0.0.1", more=more)
    async with House(broker, tmp_path, tls=tls(authority, cert_file=cert, key_file=key)).living():
        assert "u'oyez'" in broker.log.read_text()


async def test_whoever_answers_is_trusted_only_when_told_so_and_that_is_told(listening, tmp_path, warnings):
    async with House(listening("other.example"), tmp_path, tls={"enabled": True, "insecure": True}).living():
        assert "certificate isn't looked at" in warnings[0]["text"]


async def test_a_user_with_a_password_gets_in_by_tls(listening, authority, tmp_path):
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "oyez", "secret"], check=True, capture_output=True)
    broker = listening("127.0.0.1", more=f"password_file {passwords}\nallow_anonymous false")
    async with House(broker, tmp_path, tls=tls(authority), username="oyez", password=SecretStr("secret")).living():
        pass
    async with House(broker, tmp_path, tls=tls(authority)).living(until="refused"):
        pass


async def test_a_file_that_is_not_there_is_told(mosquitto, authority, tmp_path):
    async with House(mosquitto, tmp_path, tls={"enabled": True, "ca_file": tmp_path / "no.pem"}).living(
        until="refused"
    ) as house:
        assert "No such file" in house.health.snapshot()["parts"]["broker"]["detail"]


@pytest.fixture
def warnings(monkeypatch):
    """What is logged as a warning from now on."""
    told: list[dict[str, str]] = []
    monkeypatch.setattr(
        client_module.logger, "warning", lambda text, **fields: told.append({"text": text} | fields), raising=False
    )
    return told


def web(make_mosquitto, more: str = ""):
    """A broker, and where it speaks websockets."""
    port = free_port()
    broker = make_mosquitto(listener=f"listener {port} 127.0.0.1\nprotocol websockets\n{more}")
    broker.start()
    return broker, SimpleNamespace(host="127.0.0.1", port=port)


async def test_websockets_carry_all_that_tcp_does(make_mosquitto, tmp_path):
    broker, address = web(make_mosquitto)
    house = House(address, tmp_path, transport="websockets", websocket_path="/ways/mqtt")
    async with person(broker, "oyez/kitchen/said") as someone, house.living():
        for number in range(10):
            text = f"Dinner {number}. " * 50  # longer than the smallest frames
            await someone.publish("oyez/kitchen/say", f'{{"text": "{text}", "id": "a{number}"}}')
        await eventually(lambda: len(house.kitchen.agenda) == 10)
        await house.speak()
        await eventually(lambda: outcomes(someone.on("oyez/kitchen/said"))[-1] == ("a0", "spoken"))
        async with visit(house.broker._config) as visitor:
            await visitor.subscribe("oyez/bridge/state")
            assert (await anext(visitor.messages()))[1]["state"] == "online"


async def test_websockets_with_tls_check_the_certificate(make_mosquitto, authority, tmp_path):
    for name, told in (("127.0.0.1", "'ok'"), ("other.example", "not valid for")):
        cert, key = authority(name)
        _, address = web(make_mosquitto, f"certfile {cert}\nkeyfile {key}")
        house = House(address, tmp_path, transport="websockets", tls=tls(authority))
        async with supervise.running(house.broker.run()):
            await eventually(lambda: told in str(house.health.snapshot()["parts"]["broker"]))  # noqa: B023


@pytest.fixture
async def answering():
    """Opens a port at which everything is answered with the same bytes, after which it is closed."""
    async with contextlib.AsyncExitStack() as servers:

        async def make(answer: bytes):
            async def serve(reader, writer):
                await reader.read(1_000)
                writer.write(answer)
                writer.close()

            server = await servers.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0))
            return SimpleNamespace(host="127.0.0.1", port=server.sockets[0].getsockname()[1])

        yield make


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(connection, "ANSWER_S", 0.5)


@pytest.mark.parametrize("connack", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00"])
async def test_a_broker_that_knows_mqtt_3_only_is_refused_with_what_is_needed(connack, answering, tmp_path, warnings):
    """By the standards: 3.1.1 answers the unknown version with return code 1, 5 with reason code 0x84."""
    async with House(await answering(connack), tmp_path).living(until="refused") as house:
        assert "doesn't speak MQTT 5" in house.health.snapshot()["parts"]["broker"]["detail"]
        assert "mosquitto since 1.6" in warnings[0]["hint"]


@pytest.mark.parametrize(
    ("answer", "options"), [(b"", {}), (b"HTTP/1.1 400 Bad Request\r\n\r\n", {"transport": "websockets"})]
)
@pytest.mark.usefixtures("impatient")
@pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")  # as above
async def test_a_port_that_does_not_answer_in_mqtt_is_told_with_what_it_may_be(
    answer, options, answering, tmp_path, warnings
):
    async with House(await answering(answer), tmp_path, **options).living(until="away"):
        assert "TLS or websockets" in warnings[0]["hint"]
        assert "3.1.1" in warnings[0]["hint"]
