"""An endpoint measured as it runs: checked and loaded by its URL, metered or not, and left as it was."""

import json
import shutil
import socket
import subprocess

import pytest
from servebench.check.rows import check_rows
from servebench.check.system import check_system
from servebench.config import parse_config
from servebench.errors import ServebenchError
from servebench.plan.endpoints import silent_endpoints
from servebench.protocol.description import SERVEBENCH
from servebench.trial.run import run_trial
from servebench.trial.server import HOST, free_port
from support.endpoints import (
    endpoint_package,
    endpoint_request,
    running_endpoint,
    running_inference_endpoint,
)
from support.packages import default_config, make_wire
from support.toolchain import HAS_COMPILER


@pytest.fixture(scope="module")
def endpoint(cancer_model):
    with running_endpoint(cancer_model) as running:
        yield running
        # Whatever was measured of it, it lives on.
        assert running.process.poll() is None


def check(package, model, folder, protocol=SERVEBENCH):
    log = folder / "check.log"
    return check_system(package, model, 5.0, False, folder / "check.json", log, make_wire(model, protocol))


def test_it_is_checked_by_golden_answers_alone(cancer_model, tmp_path):
    with running_endpoint(cancer_model, "quick") as running:
        manifest = endpoint_package({"url": running.url}, cancer_model, tmp_path / "package")
        assert (manifest["status"], manifest["url"], manifest["versions"]) == ("built", running.url, {})
        outcome = check(tmp_path / "package", cancer_model, tmp_path)
    assert (outcome["status"], outcome["cases"], outcome["golden_answers"]) == ("passed", [], 1000)
    assert outcome["health"]["server"] == "fault"


def test_one_that_accepts_nobody_is_told_with_the_plan():
    values = default_config().model_dump()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        catalogue = {**values["system_catalogue"], "mine": {"url": url}}
        config = parse_config({**values, "systems": ["mine"], "also": [], "system_catalogue": catalogue})
        assert silent_endpoints(config) == []
    (line,) = silent_endpoints(config)
    assert line.startswith(f"endpoint   mine does not answer at {url} (")
    assert line.endswith("refused): start it now, or it is not measured")


@pytest.mark.parametrize("generator", ["locust", "native"])
def test_it_is_measured_and_lives_on(endpoint, cancer_model, tmp_path, generator):
    definition = {"url": endpoint.url, "pid": endpoint.process.pid}
    record = run_trial(endpoint_request(definition, cancer_model, tmp_path, generator=generator), None, most_retries=0)
    assert (record.outcome, record.reason) == ("measured", None)
    assert record.load.requests > 50
    assert record.load.errors == {}
    assert record.load.answers_checked > 0
    assert record.server.cpu_us_per_request > 0
    assert record.server.rss_mean_mib > 1
    assert record.server.cpus >= 1
    assert (record.server.parallelism, record.server.ready_s, record.server.affinity) == (None, None, None)
    assert (record.server.listen_queue_last, record.placement.server) == (0, ())
    assert endpoint.process.poll() is None


def test_without_a_meter_what_it_used_is_empty(endpoint, cancer_model, tmp_path):
    record = run_trial(endpoint_request({"url": endpoint.url}, cancer_model, tmp_path), None, most_retries=0)
    assert record.outcome == "measured"
    assert record.load.requests > 50
    told = record.server.model_dump(exclude={"command", "health", "listen_queue_first", "listen_queue_last"})
    assert {name for name, value in told.items() if value is not None} == set()


def test_a_process_that_ends_in_the_window_makes_the_trial_invalid(cancer_model, tmp_path):
    with running_endpoint(cancer_model, "dies") as running:
        pid = running.process.pid
        record = run_trial(
            endpoint_request({"url": running.url, "pid": pid}, cancer_model, tmp_path), None, most_retries=0
        )
    assert record.outcome == "server died"
    assert record.reason.startswith(f"process {pid}, by which it is metered, ended or was started anew")


def test_one_that_gives_other_answers_fails_its_check(cancer_model, tmp_path):
    with running_endpoint(cancer_model, "always-wrong") as running:
        endpoint_package({"url": running.url}, cancer_model, tmp_path / "package")
        with pytest.raises(ServebenchError) as caught:
            check(tmp_path / "package", cancer_model, tmp_path)
    head = str(caught.value).splitlines()[0]
    assert head.startswith(f"check of mine ({running.url}, which must serve this very model) failed in 5 cases")


def test_one_that_is_not_there_is_not_measured(cancer_model, tmp_path):
    url = f"http://{HOST}:{free_port()}"
    request = endpoint_request({"url": url}, cancer_model, tmp_path)
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    assert manifest["status"] == "unavailable"
    assert manifest["reason"] == f"{url} does not answer: Connection refused"
    assert manifest["remedy"].startswith("start it, or mend its url, then")
    assert check(tmp_path / "package", cancer_model, tmp_path)["reason"] == manifest["reason"]
    record = run_trial(request, None)
    assert (record.outcome, record.reason, record.remedy) == ("not measured", manifest["reason"], manifest["remedy"])


def test_one_that_went_away_after_its_check_is_one_line(cancer_model, tmp_path):
    with running_endpoint(cancer_model) as running:
        request = endpoint_request({"url": running.url}, cancer_model, tmp_path)
    with pytest.raises(ServebenchError, match=f"system mine: {running.url} does not answer: .*, and run again"):
        run_trial(request, None)


@pytest.mark.parametrize(
    ("meter", "reason", "remedy"),
    [
        ({"pid": 2**22 - 1}, "there is no process 4194303", "give the pid that it has now"),
        ({"pid": 1}, "process 1, which is to meter it, has the benchmark below it", "give the server's own"),
        ({"container": "/not/there"}, "/not/there, which is to meter it, has no cpu.stat", "a cgroup of version 2"),
    ],
)
def test_a_meter_that_is_not_there_is_told(endpoint, cancer_model, tmp_path, meter, reason, remedy):
    manifest = endpoint_package({"url": endpoint.url, **meter}, cancer_model, tmp_path / "package")
    assert manifest["status"] == "unavailable"
    assert manifest["reason"].startswith(reason)
    assert remedy in manifest["remedy"]


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_it_may_speak_another_protocol_and_take_several_rows(cancer_model, tmp_path):
    with running_inference_endpoint(cancer_model) as running:
        definition = {"url": running.url, "protocol": "open-inference", "rows": "many"}
        request = endpoint_request(definition, cancer_model, tmp_path, load_point="users-2-rows-3")
        record = run_trial(request, None, most_retries=0)
        outcome = check(tmp_path / "package", cancer_model, tmp_path, "open-inference")
        log = tmp_path / "rows.log"
        of_rows = check_rows(tmp_path / "package", request.wire, 5.0, tmp_path / "rows.json", log)
    assert (record.outcome, record.load.errors) == ("measured", {})
    assert record.load.answers_checked > 0
    assert (outcome["status"], outcome["protocol"], outcome["golden_answers"]) == ("passed", "open-inference", 1000)
    assert (of_rows["status"], of_rows["rows"]) == ("passed", 3)


def test_one_row_a_request_is_what_it_takes_unless_it_says_more(endpoint, cancer_model, tmp_path):
    request = endpoint_request({"url": endpoint.url}, cancer_model, tmp_path, load_point="users-2-rows-3")
    record = run_trial(request, None)
    assert (record.outcome, record.reason) == (
        "not measured",
        f"what answers at {endpoint.url} takes one row a request",
    )
    assert record.remedy.endswith("write `rows: many` beside its url")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody knows, with its key in front."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl makes a certificate here")
    key, signed = (tmp_path_factory.mktemp("tls") / name for name in ("key.pem", "certificate.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(signed)]
    subprocess.run(command, check=True, capture_output=True)
    signed.write_text(key.read_text() + signed.read_text())
    return signed


def test_https_is_measured_where_its_certificate_is_known(cancer_model, certificate, tmp_path, monkeypatch):
    with running_endpoint(cancer_model, certificate=certificate) as running:
        stranger = endpoint_package({"url": running.url}, cancer_model, tmp_path / "stranger")
        assert stranger["status"] == "unavailable"
        assert "certificate verify failed" in stranger["reason"]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        record = run_trial(endpoint_request({"url": running.url}, cancer_model, tmp_path), None, most_retries=0)
    assert record.outcome == "measured"
    assert record.load.requests > 10
    assert record.load.errors == {}
