"""Words that every part of Parley uses: time, ids, errors. Nothing here does I/O."""
