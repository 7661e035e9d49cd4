"""The content-addressed store of artifacts: built once, whole or absent, never silently damaged.

An artifact's key is the SHA-256 of its recipe, that is of everything that decides what a build
makes. Layout below the root:

    <first two of key>/<key>/             the artifact's files and their manifest
    <first two of key>/<key>.<kind>-<id>  a build under way, or what a killed process left behind
    <first two of key>/<key>.beside-<..>  what a runtime keeps of the artifact; goes with it
    locks/<key>.lock                      empty; held while building or removing, never deleted

A build works in a folder of its own, which is flushed and then renamed into place: whenever a
process is killed, the artifact is there as a whole or not at all. Looking up takes no lock and
writes nothing, so a store on a read-only share serves what it has.
"""

from sdvbench.store.artifact import Artifact, Entry, Usage, recipe_key
from sdvbench.store.store import Store, beside

__all__ = ["Artifact", "Entry", "Store", "Usage", "beside", "recipe_key"]
