"""servebench: which server should a model be put behind, and how much hardware will it need."""
