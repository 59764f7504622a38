"""Shows one phone's administration page and its own screen. It takes forms and decides nothing.

- `site` listens for all phones, each at its own address, and keeps one client's limits.
- `desk` answers a whole request; `gate` lets in who may come in.
- `voice_page` and `screen_page` show a tab or the screen, and hand on what a form changes.
- `layout`, `fields`, `labels` and `search` know what stands where; `pages` writes it.

Only `site` waits and knows the HTTP library; the rest turns values into pages.
"""

from mppsim.admin.screen import PRODUCT_INFORMATION, Screen, show_screen
from mppsim.admin.site import AdminSite

__all__ = ["PRODUCT_INFORMATION", "AdminSite", "Screen", "show_screen"]
