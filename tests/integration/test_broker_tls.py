"""TLS to a real mosquitto: certificates are checked, and plain text is never fallen back to."""

import subprocess

import pytest
from tests.support.house import House

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


async def test_a_file_that_is_not_there_is_told(mosquitto, authority, tmp_path):
    async with House(mosquitto, tmp_path, tls={"enabled": True, "ca_file": tmp_path / "no.pem"}).living(
        until="refused"
    ) as house:
        assert "No such file" in house.health.snapshot()["parts"]["broker"]["detail"]
