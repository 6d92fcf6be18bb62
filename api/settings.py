"""How the case API is set up: folders, URLs and limits. Everything that it keeps lies below one data folder, unless an URL says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from api.blobs import BlobStore, blob_store
from api.engines import SqliteFile, place_of
from api.retention import RULES, Rule

DEFAULT_DATA_DIR = Path("curbwatch-data/api")
DATABASE_NAME = "curbwatch.sqlite"
EVIDENCE_NAME = "evidence"
INCOMING_NAME = "incoming"
HEADS_NAME = "heads"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one case API.

    Attributes:
        data_dir: holds `keys/`, `tokens/`, `heads/`, and by default the database and the evidence files.
        database: URL of the database; may hold a password, so it stands in no message.
        evidence: URL of the evidence files, by their SHA-256.
        largest_blob_bytes: one evidence file; a clip of 60 s at 8 Mbit/s has 60 MB.
        largest_body_bytes: any other body; a manifest of an hour's stay has some 300 kB.
        reserve_bytes: free disk space that evidence files leave to the database.
        double_review_share: of the cases, how many (0 to 1) a second person decides without knowing the first decision.
        retention: how long evidence is kept, by state and grade, as the first start says; from then on the database does (`api.periods`).
    """

    data_dir: Path
    database: str = field(repr=False)
    evidence: str
    largest_blob_bytes: int = 256 * 1024 * 1024
    largest_body_bytes: int = 4 * 1024 * 1024
    reserve_bytes: int = 32 * 1024 * 1024
    double_review_share: float = 0.05
    retention: tuple[Rule, ...] = RULES

    @classmethod
    def of(cls, data_dir: Path, database_url: str | None = None, evidence_url: str | None = None) -> Settings:
        """Settings by folder and URLs.

        Raises:
            StartError: an URL of a kind that this version does not know.

        Example:
            Settings.of(Path("data"))                                            # data/curbwatch.sqlite, data/evidence/
            Settings.of(Path("data"), database_url="sqlite:////srv/c.sqlite")      # the database elsewhere
            Settings.of(Path("data"), database_url="postgresql://curb@db/cases")   # in PostgreSQL; the password in PGPASSWORD or ~/.pgpass
            Settings.of(Path("data"), evidence_url="file:///srv/evidence")         # the files elsewhere
            Settings.of(Path("data"), evidence_url="s3://evidence/cases?region=cn-north-1")   # in S3; the keys in AWS_ACCESS_KEY_ID, …
        """
        data_dir = data_dir.expanduser().absolute()
        database = database_url or f"sqlite:///{quote(str(data_dir / DATABASE_NAME))}"
        evidence = evidence_url or (data_dir / EVIDENCE_NAME).as_uri()
        place_of(database)
        settings = cls(data_dir=data_dir, database=database, evidence=evidence)
        settings.blobs()
        return settings

    def blobs(self) -> BlobStore:
        """The store of evidence files, not opened yet."""
        return blob_store(self.evidence, self.data_dir / INCOMING_NAME, largest_bytes=self.largest_blob_bytes, reserve_bytes=self.reserve_bytes)

    @property
    def key_file(self) -> Path:
        """The API's signing key."""
        return self.data_dir / "keys" / "api.pem"

    @property
    def tokens_dir(self) -> Path:
        """The tokens that were made at the first start."""
        return self.data_dir / "tokens"

    @property
    def heads_dir(self) -> Path:
        """The log's signed heads, and time stamps on them."""
        return self.data_dir / HEADS_NAME

    def has_own_database(self) -> bool:
        """Whether the database lies in the data folder."""
        return place_of(self.database) == SqliteFile(self.data_dir / DATABASE_NAME)

    def evidence_elsewhere(self) -> BlobStore | None:
        """The store of evidence files, where it lies elsewhere than in the data folder."""
        own = Settings.of(self.data_dir).evidence
        return None if self.evidence == own else self.blobs()
