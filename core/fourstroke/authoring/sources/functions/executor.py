from concurrent.futures import Executor, ThreadPoolExecutor


def template(workers: int = 2) -> Executor:
    """Run steps in threads of the main process."""
    return ThreadPoolExecutor(workers)
