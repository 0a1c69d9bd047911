"""All measurements of this folder, one after the other: `make bench`."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks


def main() -> None:
    for found in pkgutil.iter_modules(benchmarks.__path__):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        if not hasattr(module, "measure"):
            continue
        print(f"{found.name}:", (module.__doc__ or "").strip().splitlines()[0])
        for name, value in module.measure().items():
            print(f"  {name:40} {value:12,.2f}")


if __name__ == "__main__":
    main()
