"""The part `delta` of script/bench."""
