"""What effects do to a clip ``(n_times,)``, given what was drawn for it: no chance is left here."""
