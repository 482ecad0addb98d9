"""Runs the tests of the watcher; prints in the Test Anything Protocol, so that they are counted like the others."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, "../../files/node/usr/lib/sip-ha/watcher")]


class Tap(unittest.TestResult):
    def _line(self, word, test, more=""):
        print(f"{word} {self.testsRun} {str(test.id()).split('.', 1)[-1]}{more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line("ok", test, f" # skip {reason}")

    def _fault(self, test, error):
        self._line("not ok", test)
        for line in self._exc_info_to_string(error, test).splitlines():
            print(f"# {line}", flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fault(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._fault(test, err)


def main():
    names = sys.argv[1:]
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromNames(names) if names else loader.discover(HERE)
    result = Tap()
    tests.run(result)
    print(f"1..{result.testsRun}", flush=True)
    return 0 if result.testsRun and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
