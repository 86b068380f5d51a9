"""What tickets are called: alerts that machines write, and complaints that people write.

A topic is what a reader would call the same trouble. Its titles differ by hosts, numbers and times
where a machine wrote them, by wording, language, typos and reply prefixes where a person did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Topic:
    """One kind of trouble: its titles, and where tickets of it usually belong.

    `titles` may hold the placeholders of `fill`. `discipline` says which groups can help, `ci_class` of
    what class the item is that it befalls ('' = none is named), `weight` how often it comes.
    """

    name: str
    category: str
    subcategory: str
    titles: tuple[str, ...]
    discipline: str
    ci_class: str = ""
    weight: int = 10


MACHINE_TOPICS = (
    Topic("cpu", "hardware", "cpu", ("CPU utilisation on {host} is {pct}% (threshold {limit}%)",),
          "servers", "cmdb_ci_linux_server", 16),
    Topic("disk", "hardware", "disk", ("Disk space on {host}:{mount} below {small}% free",),
          "servers", "cmdb_ci_linux_server", 18),
    Topic("memory", "hardware", "memory", ("Memory usage {pct}% on {host} at {clock}",),
          "servers", "cmdb_ci_win_server", 9),
    Topic("unreachable", "network", "ip address", ("Host {host} ({ip}) is unreachable",),
          "network", "cmdb_ci_linux_server", 14),
    Topic("interface", "network", "wireless", ("Interface Gi0/{small}/{port} on {host} is down",),
          "network", "cmdb_ci_netgear", 10),
    Topic("latency", "software", "", ("[WARN] {service}: response time {ms} ms exceeds {limit}0 ms",),
          "applications", "cmdb_ci_appl", 9),
    Topic("backup", "software", "os", ("Backup job JOB-{code} failed on {host} with exit code {small}",),
          "servers", "cmdb_ci_win_server", 8),
    Topic("certificate", "software", "", ("Certificate for {host}.corp.example expires in {small} days",),
          "applications", "cmdb_ci_linux_server", 4),
    Topic("process", "software", "os", ("Process {process} is not running on {host}",),
          "applications", "cmdb_ci_linux_server", 7),
    Topic("queue", "software", "", ("Queue {queue} depth {ms} exceeds threshold {limit}0",),
          "applications", "cmdb_ci_appl", 5),
    Topic("tablespace", "database", "oracle", ("Tablespace {space} of {host} is {pct}% full",),
          "databases", "cmdb_ci_db_instance", 6),
    Topic("replication", "database", "sql server", ("Replication lag on {host} is {ms} s",),
          "databases", "cmdb_ci_db_instance", 4),
    Topic("logins", "network", "", ("{ms} failed logins for {login} from {ip} within 5 minutes",),
          "security", "", 5),
    Topic("synthetic", "software", "",
          ("Synthetic check {guid} of https://{host}.corp.example/{process}/health failed at {moment}",),
          "applications", "cmdb_ci_linux_server", 6),
    Topic("temperature", "hardware", "", ("Temperature sensor {hex} in {host} reads {small}.{small} C",),
          "network", "cmdb_ci_netgear", 2),
)  # fmt: skip

HUMAN_TOPICS = (
    Topic("vpn", "network", "vpn",
          ("Cannot connect to VPN", "VPN connection fails since this morning", "vpn not connecting from home",
           "VPN-Verbindung bricht ständig ab", "Connexion VPN impossible", "No puedo conectarme a la VPN"),
          "network", "", 16),
    Topic("password", "inquiry", "",
          ("Password reset", "Please reset my password", "Account locked, password expired",
           "Passwort zurücksetzen", "Mot de passe expiré", "Contraseña caducada"), "service desk", "", 22),
    Topic("printer", "hardware", "",
          ("Printer on floor {small} does not print", "Printing not possible, floor {small}",
           "Drucker im {small}. Stock druckt nicht", "L'imprimante de l'étage {small} est en panne"),
          "workplace", "", 12),
    Topic("outlook", "inquiry", "email",
          ("Outlook keeps crashing", "Outlook crashes when opening attachments", "Outlook stürzt ab",
           "Outlook se ferme tout seul", "Mailbox is full"), "workplace", "", 14),
    Topic("laptop", "hardware", "", ("Laptop very slow", "My laptop is extremely slow after the update",
          "Notebook sehr langsam", "ノートパソコンの動作が遅い"), "workplace", "", 9),
    Topic("monitor", "hardware", "monitor",
          ("Second monitor stays black", "External monitor not detected", "Monitor bleibt schwarz"),
          "workplace", "", 5),
    Topic("sap", "software", "", ("SAP: no authorisation for transaction {code}",
          "Missing authorization in SAP transaction {code}", "SAP Berechtigung fehlt ({code})"),
          "applications", "cmdb_ci_appl", 10),
    Topic("share", "inquiry", "internal application",
          ("No access to share \\\\files\\team{small}", "Access to network drive team{small} denied",
           "Kein Zugriff auf Laufwerk team{small}"), "service desk", "", 8),
    Topic("wifi", "network", "wireless",
          ("WiFi drops in meeting room {small}", "WLAN im Besprechungsraum {small} instabil",
           "会议室{small}无线网络断开"), "network", "", 7),
    Topic("intranet", "software", "", ("Intranet page shows \"500 Internal Server Error\"", "Intranet is down",
          "Интранет не открывается"), "applications", "cmdb_ci_appl", 5),
    Topic("phone", "hardware", "", ("Desk phone {ms} has no dial tone", "Telephone dead, extension {ms}"),
          "network", "", 4),
    Topic("antivirus", "inquiry", "antivirus", ("Antivirus reports a threat on my PC", "Virus warning!!"),
          "security", "", 4),
    Topic("phishing", "inquiry", "email",
          ("Phishing mail received", "Suspicious e-mail from \"CEO\"", "Verdächtige E-Mail erhalten"),
          "security", "", 6),
    Topic("joiner", "inquiry", "", ("New starter on {date}: accounts needed", "Onboarding {date}"),
          "service desk", "", 5),
    Topic("report", "software", "",
          ("Report R-{code} shows wrong figures", "Figures in report R-{code} don't match; O'Brien's team is blocked"),
          "applications", "cmdb_ci_appl", 5),
    Topic("keyboard", "hardware", "keyboard", ("Keyboard: keys stuck", "Tastatur defekt"), "workplace", "", 3),
)  # fmt: skip

_MOUNTS = ("/", "/var", "/data", "/home", "C:", "D:", "/opt/app")
_PROCESSES = ("nginx", "java", "sshd", "postgres", "oracle", "w3wp.exe", "crond")
_QUEUES = ("ORDERS.IN", "BILLING.OUT", "MAIL.RETRY", "HR.SYNC")
_SPACES = ("USERS", "TEMP", "UNDO", "INDX01")
_PREFIXES = ("Re: ", "RE: ", "Fwd: ", "AW: ", "[P2] ", "[P3] ", "URGENT: ", "Re: Re: ")
_OPENINGS = (
    "Hello,\n\n", "Hi team,\r\n", "", "", "Guten Tag,\n\n", "Bonjour,\n\n", "Dear colleagues,\n",
)  # fmt: skip
_SENTENCES = (
    "It worked until yesterday.",
    "I have already restarted twice.",
    "Several colleagues in my office are affected as well.",
    "The error message says \"The operation could not be completed (0x{hex})\".",
    "Please call me back on extension {ms}, I'm in meetings until {clock}.",
    "We cannot close the books before this is solved!",
    "Screenshots are attached; see also C:\\Users\\{login}\\Desktop\\error.png.",
    "Same as last week's ticket.",
    "Ça fait trois fois ce mois-ci…",
    "Temperatur im Büro: 27 °C – Gerät läuft heiß.",
    "Steps:\n1.\tOpen the application\n2.\tPress \"Save\"\n3.\tWait",
    "Thanks a lot 🙏",
)  # fmt: skip


def fill(pattern: str, rng: Random, moment: str, host: str, service: str) -> str:
    """A pattern with its placeholders filled; `moment` is `YYYY-MM-DD HH:MM:SS`."""
    if "{" not in pattern:
        return pattern
    code = rng.randrange(0x1_0000_0000)
    return pattern.format(
        host=host,
        service=service,
        moment=moment,
        date=moment[:10],
        clock=moment[11:16],
        pct=80 + code % 20,
        limit=60 + code // 3 % 4 * 5,
        small=1 + code // 7 % 19,
        port=1 + code // 11 % 47,
        ms=1001 + code // 13 % 8999,
        code=1000 + code // 17 % 37,
        ip=f"10.{code % 200}.{code // 19 % 250}.{1 + code // 23 % 250}",
        hex=f"{code:08x}",
        guid=f"{code:08x}-{code % 0xFFFF:04x}-4{code // 5 % 0xFFF:03x}-a{code // 7 % 0xFFF:03x}-{code * 4099:012x}"[
            :36
        ],
        mount=_MOUNTS[code % len(_MOUNTS)],
        process=_PROCESSES[code // 29 % len(_PROCESSES)],
        queue=_QUEUES[code // 31 % len(_QUEUES)],
        space=_SPACES[code // 37 % len(_SPACES)],
        login=f"u{10_000 + code // 41 % 400}",
    )


def spoil(title: str, rng: Random) -> str:
    """A title as people type it: one in eight with a typo, one in ten with a prefix, some shouted."""
    roll = rng.random()
    if roll < 0.12 and len(title) > 8:
        place = 1 + int(rng.random() * (len(title) - 3))
        if roll < 0.04:
            title = title[:place] + title[place + 1 :]
        elif roll < 0.08:
            title = title[:place] + title[place + 1] + title[place] + title[place + 2 :]
        else:
            title = title[:place] + title[place] + title[place:]
    elif roll < 0.22:
        title = _PREFIXES[int(rng.random() * len(_PREFIXES))] + title
    elif roll < 0.25:
        title = title.upper()
    elif roll < 0.27:
        title = f"  {title} "
    return title


def describe(title: str, rng: Random, moment: str, is_machine: bool) -> str:
    """The description below a title: key-value lines of a monitor, or a few sentences of a person."""
    if is_machine:
        return (
            f"{title}\n\nfirst seen:\t{moment}Z\nevents:\t{1 + int(rng.random() * 40)}\n"
            f"fingerprint:\t{rng.getrandbits(64):016x}\nsource:\tmonitoring\nrunbook:\thttps://runbooks.corp.example/?q=1^2"
        )
    opening = _OPENINGS[int(rng.random() * len(_OPENINGS))]
    return opening + title.strip() + ".\n" + _sentences(rng, 1 + int(rng.random() * 3), moment)


def long_text(rng: Random, length: int, moment: str) -> str:
    """A text of exactly `length` characters, as from a pasted log."""
    parts: list[str] = []
    size = 0
    while size < length:
        part = f"{moment} ERROR [worker-{int(rng.random() * 9)}] {_sentences(rng, 2, moment)}\n"
        parts.append(part)
        size += len(part)
    return "".join(parts)[:length]


def _sentences(rng: Random, count: int, moment: str) -> str:
    picks: Sequence[str] = [_SENTENCES[int(rng.random() * len(_SENTENCES))] for _ in range(count)]
    return " ".join(fill(pick, rng, moment, "", "") for pick in picks)
