# The plugins of the product, in the order in which they load: the preset of plugins.enabled. A new
# plugin is a word here.
set(PLATEN_PLUGINS printer-mib ipp pjl lexmark ricoh setting-value)
