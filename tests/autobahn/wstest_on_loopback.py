# pyright: basic
# Starts `wstest` so that it listens on 127.0.0.1 only. Runs on the suite's own Python 2.7.
import importlib

reactor = importlib.import_module("twisted.internet.reactor")
listen = getattr(reactor, "listenTCP")  # noqa: B009 - the module stands for an object made when it is imported
on_loopback = lambda port, factory, *_: listen(port, factory, interface="127.0.0.1")  # noqa: E731
setattr(reactor, "listenTCP", on_loopback)  # noqa: B010
importlib.import_module("autobahntestsuite.wstest").run()
