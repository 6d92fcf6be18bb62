"""The second opinion on what a detector took for a stall, goods or a vendor's vehicle: a classifier with ImageNet features, and the parts rule.

session = open_model("curbwatch-n-street", min_score=0.01)
verifier = verifier_of(session)             # None where the card binds none
found = look_at(session, picture)
scores = verifier.verify(picture, found)    # one a box, 0..1, calibrated
"""

from __future__ import annotations

from models.verifier.fusion import VOICES, fuse, logit
from models.verifier.verifier import MOST_BOXES, Answer, Verifier, files_of, open_verifier, verifier_of

__all__ = ["MOST_BOXES", "VOICES", "Answer", "Verifier", "files_of", "fuse", "logit", "open_verifier", "verifier_of"]
