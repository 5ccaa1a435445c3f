"""`qqgw doctor`: looks at everything a bot needs, one thing after the other, and says how to mend what is wrong.

`checks.CHECKS` is the table of what is looked at; each check is a small function that is given the `Patient` and
answers with a `Finding` in English and Chinese. A check whose needs have failed is skipped. Nothing secret is shown.
"""

from __future__ import annotations
