@0xbd9a1f6d1f0c7e31;

interface Echo {
  echo @0 (data :Data) -> (data :Data);
  compute @1 ();
}
