"""Compiling with CMake in the cache, so that every checkout, study and model shares what was compiled.

CMake ties a build folder to the path of its sources: they are copied into the cache by the hash of their content,
and compiled there.
"""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import files, version
from pathlib import Path

from servebench.build.failure import build_failure
from servebench.build.request import Unavailable
from servebench.build.server_manifest import UnavailableReason
from servebench.build.sources import source_files
from servebench.build.toolchain import NO_COMPILER_REMEDY, compiler_version, environment_tool, find_compiler
from servebench.files import sha256_parts

DEFAULT_OPTIONS = {"CMAKE_BUILD_TYPE": "Release", "SERVEBENCH_HARDENING": "ON"}
# CMake includes it in every project, also in one that somebody else writes; it is not for sanitizers.
HARDENING = Path(__file__).with_name("hardening.cmake")


@dataclass(frozen=True)
class CMakeProject:
    """Sources that CMake compiles.

    `folder` holds CMakeLists.txt; `beside` are folders and files that it names by their place relative to it. `options`
    are the definitions that make another program of the same sources.
    """

    name: str
    folder: Path
    beside: tuple[Path, ...] = ()
    options: Mapping[str, str] = field(default_factory=lambda: DEFAULT_OPTIONS)

    def source_files(self) -> list[Path]:
        """Every file that the programs are made from."""
        return [*self._own_files(), HARDENING]

    def copied_files(self) -> dict[Path, Path]:
        """Each of these files by its place in the copy of the sources."""
        return {path.relative_to(self.folder.parent): path for path in self._own_files()} | {
            Path(HARDENING.name): HARDENING
        }

    def _own_files(self) -> list[Path]:
        return sorted(path for place in (self.folder, *self.beside) for path in source_files(place))

    def build(
        self,
        target: str,
        output: Path,
        cache: Path,
        places: Mapping[str, Path] | None = None,
        linked: Mapping[str, Path] | None = None,
        known_failures: Sequence[UnavailableReason] = (),
    ) -> dict[str, str]:
        """Compile one program to the file `output`; returns the versions of what built it.

        `places` are definitions that name folders. `linked` are definitions that name folders whose files are only
        linked: they are copied, so that other ones are linked without compiling anew. Raises Unavailable with the
        reason and the remedy, those of `known_failures` where one fits.
        """
        compiler = _compiler()
        root = self.folder.parent
        # By its true path: through another one CMake would take its folder for one that was moved, and begin anew.
        room = _Room((cache / "build").resolve() / f"{self.name}-{self._key(compiler)[:16]}", root)
        definitions = {
            "CMAKE_MAKE_PROGRAM": environment_tool("ninja"),
            "CMAKE_CXX_COMPILER": compiler,
            "CMAKE_PREFIX_PATH": str(boost_prefix()),
            "CMAKE_PROJECT_INCLUDE": str(room.sources / HARDENING.name),
            **self.options,
            **{name: str(path.resolve()) for name, path in (places or {}).items()},
        }
        with room.locked():
            room.copy_sources(self.copied_files())
            definitions |= {name: str(room.copy_linked(name, path)) for name, path in (linked or {}).items()}
            room.compile(self.folder.name, target, definitions, known_failures)
            shutil.copy2(room.objects / target, output)
        return {"compiler": compiler_version(compiler), "boost": version("cmeel-boost"), "cmake": version("cmake")}

    def is_compiled(self, cache: Path) -> bool:
        """Whether a cache holds something that was compiled of these very sources, by whatever compiler."""
        rooms = [path.parents[1] for path in cache.glob(f"build/{self.name}-*/objects/.ninja_log")]
        return any(self._is_copied_to(_Room(room, self.folder.parent).sources) for room in rooms)

    def _is_copied_to(self, sources: Path) -> bool:
        copies = [(sources / place, path) for place, path in self.copied_files().items()]
        return all(copy.exists() and copy.read_bytes() == path.read_bytes() for copy, path in copies)

    def _key(self, compiler: str) -> str:
        """What a compilation depends on, as one hash."""
        parts = [compiler, compiler_version(compiler), version("cmeel-boost"), *map(str, sorted(self.options.items()))]
        parts.append(HARDENING.read_text(encoding="utf-8"))
        root = self.folder.parent
        named = [part for path in self._own_files() for part in (str(path.relative_to(root)), path.read_bytes())]
        return sha256_parts([*parts, *named])


@dataclass(frozen=True)
class _Room:
    """The folder of one compilation in the cache: copied sources, what is linked, and CMake's build folder.

    `root` is the folder that the sources are copied from.
    """

    folder: Path
    root: Path

    @property
    def sources(self) -> Path:
        """The copy of the sources."""
        return self.folder / "sources"

    @property
    def objects(self) -> Path:
        """CMake's build folder."""
        return self.folder / "objects"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One build at a time: several models and studies share the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def copy_sources(self, sources: Mapping[Path, Path]) -> None:
        """Copy the sources, each to its place, once; an interrupted copy is made anew."""
        if self.sources.exists():
            return
        partial = self.folder / "sources.partial"
        shutil.rmtree(partial, ignore_errors=True)
        for place, path in sources.items():
            copy = partial / place
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        partial.rename(self.sources)

    def copy_linked(self, name: str, source: Path) -> Path:
        """A folder at one path for every model; a file that is the same keeps its time: nothing is made anew for it."""
        folder = self.folder / "linked" / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        for path in (path for path in source.iterdir() if path.is_file()):
            copy = folder / path.name
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                shutil.copyfile(path, copy)
        return folder

    def compile(
        self, project: str, target: str, definitions: Mapping[str, str], known_failures: Sequence[UnavailableReason]
    ) -> None:
        """Configure and build one target."""
        self._heal()
        cmake = environment_tool("cmake")
        configure = [cmake, "-S", str(self.sources / project), "-B", str(self.objects), "-G", "Ninja"]
        try:
            self._run([*configure, *(f"-D{name}={value}" for name, value in definitions.items())], known_failures)
        except Unavailable:
            # A failed configuration must not be remembered: the remedy may have been followed by the next call.
            shutil.rmtree(self.objects, ignore_errors=True)
            raise
        self._run([cmake, "--build", str(self.objects), "--target", target], known_failures)

    def _heal(self) -> None:
        """Begin anew where the cache was moved: CMake refuses a build folder that was made at another path."""
        record = self.objects / "CMakeCache.txt"
        if record.exists() and f"CMAKE_CACHEFILE_DIR:INTERNAL={self.objects}\n" not in record.read_text("utf-8"):
            shutil.rmtree(self.objects)

    def _run(self, command: list[str], known_failures: Sequence[UnavailableReason]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # Who mends an error mends it in the sources, not in their copy.
        output = (done.stdout + done.stderr).replace(str(self.sources), str(self.root))
        print(f"$ {' '.join(command)}\n{output}", flush=True)
        if done.returncode != 0:
            raise build_failure(output, f"{command[0]} ended with code {done.returncode}", known_failures)


def boost_prefix() -> Path:
    """Where the Boost of PyPI stands, with its CMake package."""
    for file in files("cmeel-boost") or []:
        if file.name == "BoostConfig.cmake":
            return Path(str(file.locate())).resolve().parents[3]
    raise Unavailable("cmeel-boost holds no BoostConfig.cmake", "run `make clean-environment`, then `make`")


def _compiler() -> str:
    compiler = find_compiler("c++")
    if compiler is None:
        raise Unavailable("no C++ compiler found (c++, g++ or clang++)", NO_COMPILER_REMEDY)
    return compiler
