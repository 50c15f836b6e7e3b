"""wrap(): a provider's client whose calls are tracked, without patching anything.

The wrapped client is a stand-in that hands every attribute through and tracks the methods that cost money.
"""

from ._proxy import wrap_client

__all__ = ["wrap_client"]
