"""`mlflow models serve` on a model folder, which is made from model.joblib at the first start."""

import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Become MLflow's server."""
    package = Path(__file__).parent
    folder = package / "mlflow-model"
    if not folder.exists():
        subprocess.run([sys.executable, package / "save_model.py", os.environ["MODEL"], folder], check=True)
    # MLflow starts uvicorn by its name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["mlflow", "models", "serve", "--env-manager", "local", "--model-uri", str(folder), *sys.argv[1:]]
    os.execvpe("mlflow", command, {**os.environ, "PATH": path})  # noqa: S606


if __name__ == "__main__":
    main()
