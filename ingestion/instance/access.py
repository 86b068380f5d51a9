"""What a client needs to enter an instance, the same for one in this process and one in its own."""

from ingestion.instance.client import ControlClient
from ingestion.instance.options import InstanceOptions


class Access:
    """Address, credentials and control of an instance. `url` and `control` are set once it is served."""

    url: str
    control: ControlClient
    options: InstanceOptions

    @property
    def username(self) -> str:
        """The integration user."""
        return self.options.username

    @property
    def password(self) -> str:
        """His password."""
        return self.options.password

    @property
    def client_id(self) -> str:
        """The OAuth client."""
        return self.options.client_id

    @property
    def client_secret(self) -> str:
        """Its secret."""
        return self.options.client_secret

    @property
    def api_key(self) -> str:
        """The API key, '' where none is accepted."""
        return self.options.api_key
