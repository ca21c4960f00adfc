"""What a plugin can do: the hook specifications, one module a cycle.

``hookimpl`` marks the methods of a plugin that serve a stage; ``hookspec`` marks the specifications
here.
"""

from __future__ import annotations

import pluggy

hookspec = pluggy.HookspecMarker("fourstroke")
hookimpl = pluggy.HookimplMarker("fourstroke")
