"""What may come in badly at the doors of the command line, as rows."""

from __future__ import annotations

from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import Ledger
from support.doors import Row

__all__ = ["MISUSED", "MODULES", "REFUSED", "UNREACHABLE"]

RUN = ("run", "{bot}", "--api-url", "{rest}", "--token-url", "{token_url}")


def tokens(ledger: Ledger) -> int:
    return ledger.tokens_refused


def connections(ledger: Ledger) -> int:
    return len(ledger.connections)


def broken(name: str, module: str, line: str) -> Row:
    return Row(name, ("run", "bad:bot"), 2, line, module=module)


def misused(name: str, line: str, *arguments: str) -> Row:
    return Row(name, arguments, 2, line)


REFUSED = (
    Row(
        "wrong secret",
        RUN,
        2,
        r".*wrong app id or secret.* \[100016\]: check the app id and the secret on the platform's console",
        {"QQ_BOT_SECRET": "wrong"},
        attempts=(tokens, 1),
    ),
    Row(
        "unknown app id",
        RUN,
        2,
        r".*unknown app id.* \[100007\]: check the app id and the secret on the platform's console",
        {"QQ_BOT_APP_ID": "1"},
        attempts=(tokens, 1),
    ),
    Row(
        "not on the allow-list",
        RUN,
        2,
        r"GET /gateway/bot was answered with .* \[11298\]: add this machine's public address to the IP allow-list .*",
        fault=Fault(FaultKind.REST, code=401, error=11298, route="/gateway/bot", count=9),
    ),
    Row(
        "certificate of the token endpoint",
        (*RUN, "--token-url", "https://{tls}/app/getAppAccessToken"),
        2,
        r"cannot reach {tls}: certificate check failed: .*: .*trust the server's CA.*",
    ),
    Row(
        "certificate of the gateway",
        (*RUN, "--gateway-url", "wss://{tls}/websocket"),
        2,
        r"cannot reach {tls}: its certificate is not trusted: .*: .*trust the gateway's CA.*",
    ),
    Row(
        "a page where the gateway should be",
        (*RUN, "--gateway-url", "ws://{page}/websocket"),
        2,
        r"the gateway answered the WebSocket handshake with HTTP 200.*: check .* the gateway URL",
    ),
    Row(
        "no page where the gateway should be",
        (*RUN, "--gateway-url", "ws://{no_page}/websocket"),
        2,
        r"the gateway answered the WebSocket handshake with HTTP 404.*: check .* the gateway URL",
    ),
    Row(
        "no HTTP where the gateway should be",
        (*RUN, "--gateway-url", "ws://{mail}/"),
        2,
        r"the WebSocket handshake failed: .*: check that {mail} is the gateway of QQ bots",
    ),
    Row(
        "http:// for a gateway",
        (*RUN, "--gateway-url", "http://{gateway}/"),
        2,
        r"--gateway-url: the gateway URL 'http://{gateway}/' cannot be used: it must begin with ws:// or wss://: .*",
        attempts=(connections, 0),
    ),
    Row(
        "ws:// for the API",
        (*RUN, "--api-url", "ws://{gateway}"),
        2,
        r"--api-url: the API URL 'ws://{gateway}' must begin with http:// or https://: .*",
    ),
    Row(
        "intents or address refused",
        RUN,
        2,
        r".*op 9.*: ask only for intents granted to this bot .* IP allow-list",
        fault=Fault(FaultKind.REFUSE_IDENTIFIES, count=9),
        attempts=(connections, 1),
    ),
    Row(
        "upgrade refused",
        RUN,
        2,
        r"the gateway answered the WebSocket handshake with HTTP 401.*: check the app id and the secret.*",
        fault=Fault(FaultKind.REFUSE_UPGRADES, code=401, count=9),
        attempts=(connections, 1),
    ),
    Row("no such shards", (*RUN, "--shards", "5/4"), 2, r"--shards: ids must be from 0 to 3: write \"auto\".*"),
    Row(
        "no such setting",
        (*RUN, "--set", "reconect.max_delay=1"),
        2,
        r"--set reconect\.max_delay: there is no such setting: is reconnect\.max_delay meant\?",
    ),
    Row(
        "a setting that cannot work",
        (*RUN, "--set", "drain_seconds=soon"),
        2,
        r"--set drain_seconds: must be a number, not 'soon'",
    ),
    Row(
        "a setting of the environment that cannot work",
        RUN,
        2,
        r"the environment variable QQGW_RECONNECT__MAX_DELAY: .* must be a number above 0, not -1\.0",
        {"QQGW_RECONNECT__MAX_DELAY": "-1"},
    ),
    Row(
        "no such file", (*RUN, "--config", "{bot_file}.toml"), 2, r"the configuration file .*\.toml cannot be read: .*"
    ),
    Row("no TOML", (*RUN, "--config", "{bot_file}"), 2, r"the configuration file .*echo\.py is no TOML: .*"),
    Row(
        "production without a session file",
        (*RUN, "--set", "profile=production"),
        2,
        r"--set profile: production needs .*: set .*",
    ),
    Row(
        "a proxy that is none",
        (*RUN, "--set", "proxy=socks5://me:hidden@127.0.0.1"),
        2,
        r"--set proxy: the proxy that the setting proxy names speaks socks5: only HTTP .*",
    ),
    Row("no id and no secret", RUN, 2, r"QQ_BOT_APP_ID and QQ_BOT_SECRET not set .*: set .*", None),
    Row("no secret", RUN, 2, r"QQ_BOT_SECRET not set .*: set QQ_BOT_SECRET.*", {"QQ_BOT_SECRET": ""}),
    Row(
        "sessions where no file can be",
        (*RUN, "--session-file", "{bot_file}/sessions.json"),
        2,
        r"sessions cannot be kept in .*sessions\.json: .*",
    ),
)


MODULES = (
    misused("no colon", r"'mybot' names no bot: write MODULE:BOT, such as mybot:bot", "run", "mybot"),
    misused("no module", r"there is no module nowhere: check its name and the folder", "run", "nowhere:bot"),
    misused("no package", r"there is no module nowhere\.at\.all: check its name.*", "run", "nowhere.at.all:bot"),
    misused("no file", r"there is no module nowhere\.py: check its name.*", "run", "nowhere.py:bot"),
    broken("no such import", "import nowhere", r"cannot import bad: .*'nowhere' \(.*bad\.py, line 1\): install .*"),
    broken("no Python", "\ndef", r"cannot import bad: SyntaxError: invalid syntax \(.*bad\.py, line 2\): mend that"),
    broken("raises", "\n\n1 / 0", r"cannot import bad: ZeroDivisionError: .* \(.*bad\.py, line 3\): mend that"),
    broken("ends", "raise SystemExit", r"cannot import bad: it ended the process: keep .* below `if __name__ .*`:?"),
    broken(
        "runs at once",
        "from qqgw_trio import Bot\nbot = Bot()\nbot.run()",
        r"cannot import bad \(.*, line [0-9]+\): bot\.run\(\) was called .*: in bad, put .* below `if __name__ .*",
    ),
    broken("no object", "", r"bad has no object bot: write `bot = Bot\(\)` in bad"),
    misused("another object", r".* has no object bt: its bots are: bot", "run", "{bot_file}:bt"),
    misused("no Bot", r".*:no_bot is no Bot: no_bot must be a qqgw_trio\.Bot, not str", "run", "{bot_file}:no_bot"),
)


MISUSED = (
    misused(
        "taken gateway port",
        r"cannot listen on 127\.0\.0\.1:{port}: .*: choose another port, or 0 for any free one",
        *("simulate", "--port", "{port}"),
    ),
    misused(
        "taken REST port",
        r"cannot listen on 127\.0\.0\.1:{port}: .*: choose another port, or 0 for any free one",
        *("simulate", "--rest-port", "{port}"),
    ),
    misused("another machine's address", r".*: choose an address of this machine", "simulate", "--host", "192.0.2.1"),
    misused("nobody says that", r"--say 'x:y' cannot be said: write group:, c2c:, .*", "simulate", "--say", "x:y"),
    misused("bad option", r"No such option '--prot'\. .*--port.* See qqgw simulate --help", "simulate", "--prot", "1"),
    misused("bad value", r"Invalid value for '--port': .*65535\. See qqgw simulate --help", "simulate", "--port", "-1"),
    misused("too few events", r"Invalid value for '--events': 5 is not .* See qqgw demo --help", "demo", "--events=5"),
    misused("no argument", r"Missing argument 'MODULE:BOT'\. See qqgw run --help", "run"),
    misused("bad command", r"No such command 'rnu'\..* See qqgw --help", "rnu"),
    misused("bad option of all", r"No such option '--no'\. See qqgw --help", "--no"),
)


UNREACHABLE = (
    Row("closed port", (*RUN, "--token-url", "http://{closed}/t"), 3, r"cannot reach {closed}: .*refused"),
    Row("closed gateway", (*RUN, "--gateway-url", "ws://{closed}/"), 3, r"cannot reach {closed}: .*refused"),
    Row("unknown name", (*RUN, "--token-url", "http://api.invalid/t"), 3, r"cannot reach api\.invalid: .*not known"),
    Row(
        "unknown gateway",
        (*RUN, "--gateway-url", "ws://gateway.invalid/"),
        3,
        r"cannot reach gateway\.invalid:80: .*not known",
    ),
    Row(
        "429 of the token endpoint",
        RUN,
        3,
        r"cannot reach {host}: the token endpoint answered with HTTP 429.*",
        fault=Fault(FaultKind.REST, code=429, error=100001, route="getAppAccessToken", seconds=1),
    ),
    Row(
        "429 of the API",
        RUN,
        3,
        r"cannot reach {host}: GET /gateway/bot was answered with HTTP 429.*",
        fault=Fault(FaultKind.REST, code=429, route="/gateway/bot", seconds=1),
    ),
    Row(
        "503 of the API",
        RUN,
        3,
        r"cannot reach {host}: GET /gateway/bot was answered with HTTP 503.*",
        fault=Fault(FaultKind.REST, code=503, route="/gateway/bot"),
    ),
    Row(
        "503 of the gateway that the API names",
        RUN,
        3,
        r"cannot reach the gateway that {host} names: the gateway answered the WebSocket handshake with HTTP 503.*",
        fault=Fault(FaultKind.REFUSE_UPGRADES, code=503),
    ),
    Row(
        "503 of the gateway",
        (*RUN, "--gateway-url", "ws://{gateway}/"),
        3,
        r"cannot reach {gateway}: the gateway answered the WebSocket handshake with HTTP 503.*",
        fault=Fault(FaultKind.REFUSE_UPGRADES, code=503),
    ),
)
