"""Where the floors above join a reader's way in, which must not know them."""

from django.dispatch import Signal

# A sign-up, sign-in or code page was asked for or sent. Arguments: request. A receiver may set
# ``request.wish``, an object with a title and a price, for the page to show.
arriving = Signal()

# A sign-in is complete and the starter credits are in. Arguments: request, user. The first receiver that
# returns an address decides where the reader goes.
arrived = Signal()

# One reader becomes another, in the transaction that does it and before their wallets are one. Arguments:
# source, target, both locked. What a receiver locks of its own comes before the wallets. It may return a
# sentence of what it did.
merging = Signal()

# The page that sells credits was asked for or sent, by a reader. Arguments: request. A receiver may set
# ``request.wish`` as above, with the address it leads to as ``url``.
buying = Signal()

# A reader is back from the payment page and what they bought is theirs. Arguments: request, user, order. The
# first receiver that returns an address decides where the reader goes.
returned = Signal()
