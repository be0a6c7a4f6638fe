"""Every error Rinko raises on purpose; the docstring of an error is its default message."""

# RinkoError
# ├── SettingsError
# ├── WrongUse
# │   ├── NotAWeek
# │   ├── NotAPostTime
# │   ├── NotATimeZone
# │   ├── NotUnderstood
# │   ├── TooLong
# │   ├── NoQuestion
# │   └── NoPaper
# ├── SourceError
# │   ├── NotYetListed
# │   ├── NothingListed
# │   └── AllSourcesFailed
# ├── FetchError
# │   ├── Unreachable
# │   ├── AddressRefused
# │   ├── TooLarge
# │   ├── TooSlow
# │   ├── NotThere
# │   └── TryLater
# ├── ReadingError
# │   ├── WrongType
# │   ├── Damaged
# │   ├── Encrypted
# │   ├── NoText
# │   └── TooDemanding
# ├── WriterError
# │   ├── ModelUnreachable
# │   ├── ModelRefused
# │   ├── TooLongForModel
# │   └── ReplyBroken
# ├── DeliveryError
# │   ├── PlaceUnavailable
# │   │   ├── ThreadGone
# │   │   ├── ThreadLocked
# │   │   └── LacksRights
# │   ├── EditRefused
# │   └── Postponed
# ├── NotFound
# │   ├── Ambiguous
# │   ├── AnswerGone
# │   ├── NotInDigest
# │   ├── NoSuchAnswer
# │   ├── NotBuilt
# │   ├── NotSubscribed
# │   └── UnknownPaper
# ├── NotAllowed
# │   └── SetInFile
# ├── NotApproved
# │   └── ChangedSince
# ├── CeilingReached
# │   └── QuotaReached
# ├── TurnLost
# └── StoreError

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class RinkoError(Exception):
    """Something went wrong."""

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what happened and, as `hint`, what the person reading it can do.

        `values` fill in the locales' phrase for this error, which says the same to readers.
        """
        self.message = message or (type(self).__doc__ or "").strip().partition("\n")[0]
        self.hint = hint
        self.values: Mapping[str, str] = values or {}
        super().__init__(f"{self.message} {hint}" if hint else self.message)

    @property
    def kind(self) -> str:
        """The class name, by which the locales name this error to a reader."""
        return type(self).__name__


class SettingsError(RinkoError):
    """A setting is wrong."""


class WrongUse(RinkoError):
    """The command was used in a way it does not understand."""


class NotAWeek(WrongUse):
    """This is not a week."""


class NotAPostTime(WrongUse):
    """This is not a day and time."""


class NotATimeZone(WrongUse):
    """This is not a time zone."""


class NotUnderstood(WrongUse):
    """A word of the command was not understood."""


class TooLong(WrongUse):
    """The text is longer than there is room for."""


class NoQuestion(WrongUse):
    """There is no question."""


class NoPaper(WrongUse):
    """It is not said which paper is meant."""


class SourceError(RinkoError):
    """The source of papers did not answer as it should."""


class NotYetListed(SourceError):
    """The source does not have this week's list yet."""


class NothingListed(SourceError):
    """The sources list no papers for this week."""


class AllSourcesFailed(SourceError):
    """No source of papers answered."""


class FetchError(RinkoError):
    """The address could not be fetched."""


class Unreachable(FetchError):
    """The address did not answer."""


class AddressRefused(FetchError):
    """The address is not one Rinko may fetch."""


class TooLarge(FetchError):
    """What the address sent is larger than the limit."""


class TooSlow(FetchError):
    """The address took longer than the limit."""


class NotThere(FetchError):
    """There is nothing at this address."""


class TryLater(FetchError):
    """The address asks to be tried later."""

    def __init__(self, message: str | None = None, *, after: float | None = None) -> None:
        """Keep the seconds to wait that the server named, if it did."""
        self.after = after
        super().__init__(message)


class ReadingError(RinkoError):
    """The document could not be read."""


class WrongType(ReadingError):
    """The document is neither a PDF nor a web page."""


class Damaged(ReadingError):
    """The document is damaged."""


class Encrypted(ReadingError):
    """The document is locked with a password."""


class NoText(ReadingError):
    """The document holds no text, only pictures of it."""


class TooDemanding(ReadingError):
    """Reading the document took more time or memory than is allowed."""


class WriterError(RinkoError):
    """The writer gave nothing usable."""


class ModelUnreachable(WriterError):
    """The model's server could not be reached, or was too busy for too long."""


class ModelRefused(WriterError):
    """The model's server refused the call."""


class TooLongForModel(WriterError):
    """The text is longer than the model can take."""


class ReplyBroken(WriterError):
    """The model's reply broke off, or could not be understood."""


class DeliveryError(RinkoError):
    """The message could not be delivered."""


class PlaceUnavailable(DeliveryError):
    """The channel is gone, or Rinko may not write there."""


class ThreadGone(PlaceUnavailable):
    """The message that the thread belongs to is gone; nothing was left in its place."""


class ThreadLocked(PlaceUnavailable):
    """The thread is locked, so nothing can be written in it."""


class LacksRights(PlaceUnavailable):
    """Rinko lacks rights that it needs in the channel."""


class HistoryTooLong(DeliveryError):
    """More was posted in the channel meanwhile than can be looked through."""


class EditRefused(DeliveryError):
    """The platform lets nobody change this message any more."""


class Postponed(DeliveryError):
    """The platform takes no more messages or threads for now."""

    def __init__(self, until: datetime, message: str | None = None, *, everywhere: bool = False) -> None:
        """Keep when it may be tried again. Nothing was posted by the call that raises this.

        `everywhere` means all of the channel with its threads, else only where the call went.
        """
        self.until = until
        self.everywhere = everywhere
        super().__init__(message)


class NotFound(RinkoError):
    """There is nothing by that name."""


class UnknownPaper(NotFound):
    """No paper is known by that name."""


class Ambiguous(NotFound):
    """Several papers fit that name."""


class AnswerGone(NotFound):
    """That answer is no longer stored."""


class NotInDigest(NotFound):
    """That paper has not been in a digest."""


class NoSuchAnswer(NotFound):
    """That paper has no such answer."""


class NotBuilt(NotFound):
    """There is no digest of that week yet."""


class NotSubscribed(NotFound):
    """This channel does not get the digest."""


class NotAllowed(RinkoError):
    """Only an admin may do that."""


class SetInFile(NotAllowed):
    """This channel is set in rinko.toml."""


class NotApproved(RinkoError):
    """The digest has not been approved yet."""


class ChangedSince(NotApproved):
    """The digest has changed since it was seen."""


class CeilingReached(RinkoError):
    """The spending ceiling has been reached."""


class QuotaReached(CeilingReached):
    """As many questions were asked as an hour may have."""


class TurnLost(RinkoError):
    """Another process took this work over, as this one had stood still for too long."""


class StoreError(RinkoError):
    """The database cannot be used."""
