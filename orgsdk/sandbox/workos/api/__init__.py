"""Operations of the WorkOS server, one module for each kind of object."""
