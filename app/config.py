"""The settings of one installation: the only reader of the environment."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


def _setting(env: str, default: str, help_text: str) -> str:
    """A field of Settings with the variable it comes from; the README's table is checked by it."""
    return field(default=default, metadata={"env": env, "help": help_text})


@dataclass(frozen=True)
class Settings:
    """What may differ between two installations; all text, as the environment gives it."""

    data_dir: str = _setting("APP_DATA_DIR", "var", "folder of database, files, secret and logs")
    database_url: str = _setting("DATABASE_URL", "", "empty: SQLite in the data folder")
    public_url: str = _setting(
        "PUBLIC_URL", "http://127.0.0.1:8000", "address that people and providers use"
    )
    secret_key: str = _setting("APP_SECRET_KEY", "", "empty: made once in the data folder")
    demo: str = _setting("DEMO", "", "1: demo data, console provider only, shifted clock")
    trusted_proxies: str = _setting(
        "TRUSTED_PROXIES", "0", "number of proxies whose X-Forwarded-* are believed"
    )
    sms_out: str = _setting("SMS_OUT", "console", "provider that sends: console, twilio")
    sms_in: str = _setting("SMS_IN", "console", "provider that receives: console, twilio")
    sms_links: str = _setting("SMS_LINKS", "1", "0: texts carry no links")
    twilio_account_sid: str = _setting("TWILIO_ACCOUNT_SID", "", "Twilio account")
    twilio_auth_token: str = _setting("TWILIO_AUTH_TOKEN", "", "Twilio secret, also for webhooks")
    twilio_messaging_service_sid: str = _setting(
        "TWILIO_MESSAGING_SERVICE_SID", "", "Messaging Service; else the number below"
    )
    twilio_from_number: str = _setting("TWILIO_FROM_NUMBER", "", "sending number, E.164")
    twilio_api_url: str = _setting("TWILIO_API_URL", "", "other address of the API (a local fake)")
    ice_servers: str = _setting(
        "ICE_SERVERS", "", "STUN or TURN addresses for calls, separated by spaces"
    )
    travel_provider: str = _setting(
        "TRAVEL_PROVIDER", "estimate", "travel times: estimate, file, osrm, valhalla"
    )
    travel_file: str = _setting("TRAVEL_FILE", "", "path of the table for TRAVEL_PROVIDER=file")
    travel_url: str = _setting("TRAVEL_URL", "", "address of your OSRM or Valhalla server")

    @classmethod
    def from_env(cls) -> "Settings":
        """Settings from the process's environment; unset variables keep their defaults."""
        values = {
            name: os.environ[item.metadata["env"]]
            for name, item in cls.__dataclass_fields__.items()
            if item.metadata["env"] in os.environ
        }
        return cls(**values)

    @property
    def is_demo(self) -> bool:
        """Whether this installation holds demo data."""
        return self.demo == "1"

    @property
    def has_links(self) -> bool:
        """Whether texts carry links."""
        return self.sms_links == "1"

    @property
    def is_https(self) -> bool:
        """Whether people reach the service under HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def data_path(self) -> Path:
        """The data folder as an absolute path."""
        return Path(self.data_dir).resolve()

    def database(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.data_path / 'ungcuu.sqlite3'}"

    def secret(self) -> str:
        """Key that signs cookies and links; made on first use and kept with mode 600."""
        if self.secret_key:
            return self.secret_key
        path = self.data_path / "secret.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # O_EXCL: of several processes that start at once, one makes the key and all read it.
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return path.read_text(encoding="ascii")
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text(encoding="ascii")
