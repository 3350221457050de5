"""The worker process: everything that the clock does. A second one waits for the first's lease."""

import signal
import sys
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.config import Settings
from app.context import KEY
from app.factory import create_app
from app.jobs import Worker


def main() -> int:
    """Run until SIGINT or SIGTERM."""
    app = create_app(Settings.from_env())
    worker = Worker(app.extensions[KEY])

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with app.app_context():
        worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
