"""Checks of deploy/: the schemas' own, and the promises that a schema cannot hold. Usage: checks.py ROOT"""

import ipaddress
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import kubernetes_validate
import yaml

ROOT = Path(sys.argv[1])
MANIFEST = ROOT / "deploy/kubernetes.yaml"
DOCKERFILE = ROOT / "deploy/Dockerfile"
# The oldest version that has sidecars for good, and the newest whose schemas we have.
KUBERNETES = ("1.33", "1.37")

passed = failed = 0


def check(promise: str, holds: bool, found: object = "") -> None:
    global passed, failed
    if holds:
        passed += 1
        print(f"ok   {promise}")
    else:
        failed += 1
        print(f"FAIL {promise}" + (f": found {found}" if found != "" else ""))


def schemas(documents: list[dict]) -> None:
    for version in KUBERNETES:
        for document in documents:
            name = f"{document['kind']} {document['metadata']['name']}"
            try:
                kubernetes_validate.validate(document, version, strict=True)
                fault = ""
            except kubernetes_validate.ValidationError as error:
                fault = str(error)[:300]
            check(f"{name} is valid in Kubernetes {version}, with no unknown key", not fault, fault)


def pod(documents: list[dict]) -> None:
    deployment = next(d for d in documents if d["kind"] == "Deployment")
    template = deployment["spec"]["template"]
    spec = template["spec"]
    sidecars = {c["name"]: c for c in spec.get("initContainers", [])}
    agents = {c["name"]: c for c in spec["containers"]}
    fieldgate, agent = sidecars["fieldgate"], agents["agent"]
    everyone = {**sidecars, **agents}

    check("fieldgate is a native sidecar", fieldgate.get("restartPolicy") == "Always", fieldgate.get("restartPolicy"))
    check("fieldgate's user is the image's", str(fieldgate["securityContext"].get("runAsUser")) == image_user().split(":")[0])
    users = [c["securityContext"].get("runAsUser") for c in everyone.values()]
    check("no two containers share a user, and none is root", len(set(users)) == len(users) and all(users), users)
    for name, container in everyone.items():
        context = container["securityContext"]
        check(f"{name}: no way to more privileges", context.get("allowPrivilegeEscalation") is False and not context.get("privileged"))
        check(f"{name}: read-only root", context.get("readOnlyRootFilesystem") is True)
        check(f"{name}: all capabilities dropped, none added", context.get("capabilities") == {"drop": ["ALL"]}, context.get("capabilities"))
        check(f"{name}: memory is limited", "memory" in container.get("resources", {}).get("limits", {}))
    security = spec["securityContext"]
    check("the pod runs as non-root under the runtime's seccomp profile",
          security.get("runAsNonRoot") is True and security.get("seccompProfile", {}).get("type") == "RuntimeDefault")
    check("no Kubernetes token is mounted", spec.get("automountServiceAccountToken") is False)
    shared = [key for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace") if spec.get(key)]
    check("no namespace is shared with the host or between processes", not shared, shared)

    mounts = {name: {m["name"] for m in c.get("volumeMounts", [])} for name, c in everyone.items()}
    volumes = {v["name"]: v for v in spec["volumes"]}
    in_both = mounts["fieldgate"] & mounts["agent"]
    check("the two containers share no volume", not in_both, in_both)
    credentials = {name for name, v in volumes.items() if v.get("secret", {}).get("secretName") == "fieldgate-salesforce"}
    check("the Salesforce credential is mounted into fieldgate only",
          len(credentials) == 1 and all(bool(credentials & m) == (name == "fieldgate") for name, m in mounts.items()))
    in_environment = [name for name, c in everyone.items() if "envFrom" in c or any("valueFrom" in e for e in c.get("env", []))]
    check("no secret is passed through the environment", not in_environment, in_environment)
    subpaths = [m["mountPath"] for c in everyone.values() for m in c.get("volumeMounts", []) if "subPath" in m or "subPathExpr" in m]
    check("no volume is mounted by subPath, which Kubernetes never updates", not subpaths, subpaths)
    writable = {m["name"] for m in fieldgate["volumeMounts"] if not m.get("readOnly")}
    check("the journal is all that fieldgate may write, and it is bounded",
          writable == {"journal"} and "sizeLimit" in (volumes["journal"].get("emptyDir") or {}), writable)
    check("every mounted volume exists, and every volume is mounted", set.union(*mounts.values()) == set(volumes))

    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
    check("the image has the package's version", fieldgate["image"] == f"fieldgate:{version}", fieldgate["image"])
    instructions = dockerfile()
    check("fieldgate is started as the image starts it", fieldgate["args"] == as_list(last(instructions, "CMD")), fieldgate["args"])
    port = last(instructions, "EXPOSE")
    url = next(e["value"] for e in agent["env"] if e["name"] == "MCP_SERVER_URL")
    check("the agent calls the exposed port on loopback", url == f"http://127.0.0.1:{port}/mcp", url)

    policy = next(d for d in documents if d["kind"] == "NetworkPolicy")["spec"]
    labels = template["metadata"]["labels"]
    check("the network policy selects the pod", policy["podSelector"]["matchLabels"].items() <= labels.items())
    check("the network policy lets nothing in", "Ingress" in policy["policyTypes"] and "ingress" not in policy)
    blocks = [to["ipBlock"] for rule in policy["egress"] for to in rule["to"] if "ipBlock" in to]
    outside = all(reachable_only_outside(block) for block in blocks)
    check("private networks and the cloud's metadata address are out of reach", outside and bool(blocks))
    check("every way out names its ports", all(rule.get("ports") and rule.get("to") for rule in policy["egress"]))
    enforced = next(d for d in documents if d["kind"] == "Namespace")["metadata"]["labels"]
    check("the namespace enforces the restricted profile", enforced.get("pod-security.kubernetes.io/enforce") == "restricted")


def reachable_only_outside(block: dict) -> bool:
    allowed = ipaddress.ip_network(block["cidr"])
    exceptions = [ipaddress.ip_network(cidr) for cidr in block.get("except", [])]
    inside = ("10.1.2.3", "100.64.0.1", "169.254.169.254", "172.20.0.1", "192.168.0.1", "fd00:ec2::254", "fe80::1")
    return not any(
        address in allowed and not any(address in exception for exception in exceptions)
        for address in map(ipaddress.ip_address, inside)
        if address.version == allowed.version
    )


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments), continued lines joined and comments left out."""
    text = "\n".join(line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


def last(instructions: list[tuple[str, str]], word: str) -> str:
    return next((rest for instruction, rest in reversed(instructions) if instruction == word), "")


def as_list(argument: str) -> object:
    try:
        return yaml.safe_load(argument)
    except yaml.YAMLError:
        return argument


def image_user() -> str:
    return last(dockerfile(), "USER")


def image() -> None:
    instructions = dockerfile()
    stages = [at for at, (word, _) in enumerate(instructions) if word == "FROM"]
    build, final = instructions[stages[0]:stages[-1]], instructions[stages[-1]:]
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    base = build[0][1]
    check("the build's Rust is the package's", base.startswith(f"rust:{package['rust-version']}-"), base)
    command = next((rest for word, rest in build if word == "RUN" and "cargo build" in rest), "")
    for flag in ("--locked", "--release", "--no-default-features", "--target "):
        check(f"the binary is built with {flag.strip()}", flag in command, command)
    check("the binary is static", "+crt-static" in last(build, "ENV"), last(build, "ENV"))
    check("the image starts from nothing", final[0][1] == "scratch", final[0][1])
    copies = [rest for word, rest in final if word in ("COPY", "ADD")]
    check("the image holds the binary and nothing else", len(copies) == 1 and copies[0].endswith("/fieldgate /fieldgate"), copies)
    check("the image runs no command while it is made", not any(word == "RUN" for word, _ in final))
    user = image_user()
    check("the image's user is a number, and not root's", bool(re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)), user)
    check("the image starts the binary without a shell", as_list(last(final, "ENTRYPOINT")) == ["/fieldgate"], last(final, "ENTRYPOINT"))
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    sources = {"Cargo.toml", "Cargo.lock", "src", "policies"}
    manifests = {path for path in allowed if path.endswith("/Cargo.toml")}
    check("the builder is sent sources only", "*" in ignored and allowed <= sources | manifests, allowed)
    fault = read_by_cargo(allowed)
    check("what the builder is sent is enough for Cargo to begin with", not fault, fault)


def read_by_cargo(sent: set[str]) -> str:
    """What Cargo says against a folder with nothing but these files."""
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(sent):
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / path).is_dir() else shutil.copy)(ROOT / path, target)
        command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr


documents = [document for document in yaml.safe_load_all(MANIFEST.read_text()) if document]
schemas(documents)
pod(documents)
image()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
