"""What is compiled is shared, and shared rightly."""

import concurrent.futures
import shutil
import subprocess

import pytest
from servebench.build.cmake_project import CMakeProject
from servebench.build.request import Unavailable
from servebench.build.server_manifest import UnavailableReason
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")

CMAKE_LISTS = """
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES CXX)
add_executable(tiny main.cpp)
target_include_directories(tiny PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/../shared)
if(MODEL_DIR)
  target_include_directories(tiny PRIVATE ${MODEL_DIR})
  target_compile_definitions(tiny PRIVATE WITH_MODEL)
  target_link_libraries(tiny PRIVATE ${MODEL_DIR}/libmodel.a)
endif()
"""
MAIN = """
#include <iostream>
#include "shared.hpp"
#ifdef WITH_MODEL
#include "model.h"
int main() { std::cout << model() << std::endl; }
#else
int main() { std::cout << WORD << std::endl; }
#endif
"""


@pytest.fixture
def checkout(tmp_path):
    """Make a checkout with a tiny project and the folder that it shares."""

    def make(name, word="one"):
        root = tmp_path / name
        for folder in ("tiny", "shared"):
            (root / folder).mkdir(parents=True)
        (root / "tiny/CMakeLists.txt").write_text(CMAKE_LISTS)
        (root / "tiny/main.cpp").write_text(MAIN)
        (root / "shared/shared.hpp").write_text(f'#define WORD "{word}"\n')
        return CMakeProject("tiny", root / "tiny", (root / "shared",))

    return make


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def said(project, cache, tmp_path, **options):
    """Build the project; returns what its program says."""
    output = tmp_path / "program"
    project.build("tiny", output, cache, **options)
    return subprocess.run([output], capture_output=True, text=True, check=True).stdout.strip()


def objects(cache):
    """The object files of a cache with the times of their making."""
    return {path: path.stat().st_mtime_ns for path in cache.glob("build/*/objects/**/*.o")}


def test_a_second_checkout_compiles_nothing(checkout, cache, tmp_path):
    assert said(checkout("first"), cache, tmp_path) == "one"
    before = objects(cache)
    assert said(checkout("second"), cache, tmp_path) == "one"
    assert len(before) == 1
    assert objects(cache) == before


def test_other_sources_are_compiled_apart(checkout, cache, tmp_path):
    assert said(checkout("first"), cache, tmp_path) == "one"
    # What changed stands in the folder beside.
    assert said(checkout("second", "two"), cache, tmp_path) == "two"
    assert said(checkout("third"), cache, tmp_path) == "one"
    assert len(objects(cache)) == 2


def test_other_options_are_compiled_apart(checkout, cache, tmp_path):
    project = checkout("first")
    said(project, cache, tmp_path)
    said(CMakeProject("tiny", project.folder, project.beside, {"CMAKE_BUILD_TYPE": "Debug"}), cache, tmp_path)
    assert len(objects(cache)) == 2


def test_an_interrupted_build_is_finished_by_the_next(checkout, cache, tmp_path):
    said(checkout("first"), cache, tmp_path)
    (room,) = cache.glob("build/*")
    # Killed while it copied the sources.
    (room / "sources").rename(room / "sources.partial")
    (room / "sources.partial/tiny/main.cpp").write_text("half")
    shutil.rmtree(room / "objects")
    assert said(checkout("second"), cache, tmp_path) == "one"
    # Killed while it compiled: the object is cut, and Ninja has not noted it.
    for name in (".ninja_log", ".ninja_deps", "tiny"):
        (room / "objects" / name).unlink()
    for path in objects(cache):
        path.write_bytes(path.read_bytes()[:100])
    assert said(checkout("third"), cache, tmp_path) == "one"


def test_two_builds_at_once_are_both_right(checkout, cache, tmp_path):
    projects = [checkout("first"), checkout("second"), checkout("third", "two")]
    folders = [tmp_path / f"out-{number}" for number in range(3)]
    for folder in folders:
        folder.mkdir()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(pool.map(said, projects, [cache] * 3, folders)) == ["one", "one", "two"]
    assert len(objects(cache)) == 2


def test_a_moved_cache_is_healed(checkout, cache, tmp_path):
    project = checkout("first")
    said(project, cache, tmp_path)
    cache.rename(tmp_path / "moved")
    assert said(project, tmp_path / "moved", tmp_path) == "one"


def make_model(folder, value):
    """A compiled model of one function."""
    folder.mkdir()
    (folder / "model.h").write_text("int model();\n")
    (folder / "model.cpp").write_text(f"int model() {{ return {value}; }}\n")
    subprocess.run(["c++", "-c", "model.cpp", "-o", "model.o"], cwd=folder, check=True)
    subprocess.run(["ar", "rcs", "libmodel.a", "model.o"], cwd=folder, check=True)
    return folder


def test_another_model_is_linked_and_nothing_compiled(checkout, cache, tmp_path):
    project = checkout("first")
    models = [make_model(tmp_path / f"model-{value}", value) for value in (1, 2)]
    assert said(project, cache, tmp_path, linked={"MODEL_DIR": models[0]}) == "1"
    before = objects(cache)
    assert said(project, cache, tmp_path, linked={"MODEL_DIR": models[1]}) == "2"
    assert said(project, cache, tmp_path, linked={"MODEL_DIR": models[0]}) == "1"
    assert objects(cache) == before


def test_a_failed_build_says_what_is_wrong_in_the_sources_themselves(checkout, cache, tmp_path):
    project = checkout("first", '" << nothing << "')
    with pytest.raises(
        Unavailable, match=rf"the build failed: {project.folder}/../shared/shared.hpp:.*error: .nothing."
    ):
        said(project, cache, tmp_path)
    known = UnavailableReason(pattern="error: .nothing.", reason="known", remedy="mend it")
    with pytest.raises(Unavailable, match="known"):
        said(project, cache, tmp_path, known_failures=[known])


def test_a_build_folder_that_caches_share_is_one(checkout, cache, tmp_path, capfd):
    said(checkout("main"), cache, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "build").symlink_to(cache / "build")
    capfd.readouterr()
    said(checkout("second"), other, tmp_path)
    assert "ninja: no work to do" in capfd.readouterr().out
