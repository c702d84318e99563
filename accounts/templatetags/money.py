from django import template

from accounts import money

register = template.Library()
register.filter("exact", money.exact)
register.filter("brief", money.brief)
