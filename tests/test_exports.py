"""What the package shows: every public name exists, is documented and is typed."""

import ast
import importlib
import inspect
import pkgutil
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import mppsim

ROOT = Path(__file__).parents[1]
NAMES = [
    "mppsim",
    *(
        info.name
        for info in pkgutil.walk_packages(mppsim.__path__, "mppsim.")
        if info.name != "mppsim.__main__"
    ),
]
PACKAGES = [name for name in NAMES if hasattr(importlib.import_module(name), "__path__")]
MODULES = [name for name in NAMES if name not in PACKAGES]

MOST_INIT_LINES = 30


def source_of(name: str) -> str:
    path = importlib.import_module(name).__file__
    assert path is not None
    return Path(path).read_text()


@pytest.mark.parametrize("name", NAMES)
def test_module_says_what_it_is_for(name: str) -> None:
    text = inspect.getdoc(importlib.import_module(name))

    assert text
    assert text.splitlines()[0][-1] in ".:,`" or len(text.splitlines()) > 1


@pytest.mark.parametrize("name", MODULES)
def test_module_lists_its_public_names(name: str) -> None:
    module = importlib.import_module(name)
    listed = module.__all__

    assert len(set(listed)) == len(listed)
    assert [public for public in listed if not hasattr(module, public)] == []
    assert [public for public in listed if public.startswith("_")] == []


@pytest.mark.parametrize("name", NAMES)
def test_public_names_are_documented(name: str) -> None:
    module = importlib.import_module(name)
    silent = [
        public
        for public in getattr(module, "__all__", ())
        if (inspect.isclass(value := getattr(module, public)) or inspect.isroutine(value))
        and value.__module__.startswith("mppsim")
        and not (value.__doc__ and not value.__doc__.startswith(f"{value.__name__}("))
    ]

    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_public_functions_are_annotated(name: str) -> None:
    module = importlib.import_module(name)
    bare = [
        public
        for public in getattr(module, "__all__", ())
        if inspect.isfunction(value := getattr(module, public))
        and "return" not in value.__annotations__
    ]

    assert bare == []


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_introduced_in_a_few_lines(name: str) -> None:
    assert len(source_of(name).splitlines()) <= MOST_INIT_LINES


@pytest.mark.parametrize("name", PACKAGES)
def test_package_defines_nothing_itself(name: str) -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)

    assert [
        ast.unparse(node)
        for node in ast.parse(source_of(name)).body
        if not isinstance(node, allowed)
    ] == []


def test_types_are_shipped() -> None:
    assert files("mppsim").joinpath("py.typed").is_file()


def test_data_is_shipped() -> None:
    shipped = {path.name for path in files("mppsim").joinpath("data").iterdir() if path.is_file()}

    assert shipped == {
        *("parameters.csv", "status.csv", "models.csv", "firmware.toml", "demonstration.yaml"),
    }


def test_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == mppsim.__version__


def test_command_is_the_one_that_the_project_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["mppsim"].partition(":")

    assert callable(getattr(importlib.import_module(module), function))
